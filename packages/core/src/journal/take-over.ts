/** The first transaction of a life: this process becomes the journal's owner, and what it finds is put in order. */
import { randomUUID } from 'node:crypto';
import { RelayError } from '../errors.ts';
import { damaged } from './checked-table.ts';
import { type FileIdentity, isCopy, markRestored } from './restore.ts';
import type { Store } from './store.ts';
import { FORMAT, type StoredMeta } from './stored.ts';

export interface Found {
  readonly folder: 'new' | 'existing';
  readonly file: FileIdentity;
  /** Of the last clean close. */
  readonly closedAt: string | undefined;
  readonly maxBytes: number;
  /** Inside the transaction, once the journal has its owner. */
  readonly prepare?: (store: Store) => void;
}

export interface TakenOver {
  /** The token of this process, after which no other's transaction passes. */
  readonly owner: string;
  /** It is an older copy, as far as can be seen. */
  readonly isRestored: boolean;
}

/** @throws RelayError `JOURNAL_NEWER`, `JOURNAL_DAMAGED` */
export function takeOver(store: Store, { folder, file, closedAt, maxBytes, prepare }: Found): TakenOver {
  const owner = randomUUID();
  let isRestored = false;
  store.transaction(() => {
    const state = store.meta.get('state');
    if (state === undefined && folder === 'existing') throw damaged('its state is missing');
    if (state !== undefined && state.format > FORMAT) {
      throw new RelayError('JOURNAL_NEWER', 'a newer version wrote this journal: start that version or a later one');
    }
    const counts = { deadLetters: {}, oddities: {} };
    const begun = state ?? { format: FORMAT, next: 1, offset: 0, sources: [], lanes: [], ...counts };
    const { inode, born } = file;
    isRestored = isCopy(file, state?.file, closedAt);
    const owned: StoredMeta = { ...begun, format: FORMAT, owner, maxBytes, file: { inode, born } };
    capReaches(store, owned.next - 1);
    store.meta.put('state', isRestored ? markRestored(store, owned) : owned);
    prepare?.(store);
  });
  return { owner, isRestored };
}

/** A commit is on disk before anybody reads it: what does not stand in the journal now was never sent. */
function capReaches(store: Store, last: number): void {
  const cursors = [...store.cursors.getRange()];
  for (const { key, value } of cursors) {
    if (value.reach > last) store.cursors.put(key, { ...value, reach: last });
  }
}
