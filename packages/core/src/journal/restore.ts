/**
 * Whether the journal is an older copy that was put back. Then what happened since the copy is read again and has been
 * sent before, so it is journaled as something that may come twice and goes out as replay, to every sink.
 *
 * A copy is another file, or the same one written over while no agent ran: the file system tells both apart from what the
 * journal remembers. A snapshot of the whole disk it cannot tell; that takes a person's word. What is taken for a copy and is
 * none, a journal that was moved, costs only looks of sinks that can look.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry } from '../entry.ts';
import { LiveEntry } from '../event.ts';
import { DATA } from './folder.ts';
import type { Store } from './store.ts';
import type { StoredFile, StoredMeta, StoredRestore } from './stored.ts';

/** What the file system says of the journal's file. */
export interface FileIdentity extends StoredFile {
  /** When anything of it was changed last, by the file system: nobody can set that. */
  readonly changed: string;
}

export function identityOf(folder: string): FileIdentity {
  const { ino, birthtimeNs, ctimeNs } = statSync(join(folder, DATA), { bigint: true });
  // Where a file system keeps no time of birth, Node gives another one for it, and that says nothing.
  const born = birthtimeNs === ctimeNs || birthtimeNs === 0n ? '' : String(birthtimeNs);
  return { inode: String(ino), born, changed: String(ctimeNs) };
}

/** @param closedAt `changed` of the file when it was last closed cleanly. */
export function isCopy(now: FileIdentity, known: StoredFile | undefined, closedAt: string | undefined): boolean {
  if (known === undefined) return false;
  const isOtherBirth = now.born !== '' && known.born !== '' && now.born !== known.born;
  return now.inode !== known.inode || isOtherBirth || (closedAt !== undefined && closedAt !== now.changed);
}

/** Inside a transaction: whatever is held, and whatever of the past is read from now on, may have been sent before. */
export function markRestored(store: Store, state: StoredMeta): StoredMeta {
  const cursors = [...store.cursors.getRange()];
  for (const { key, value } of cursors) store.cursors.put(key, { ...value, reach: state.next - 1 });
  return { ...state, restored: { before: {} } };
}

/** What a source learns when it reads: up to which second of the server's time the past reached at the first answer since. */
export function restoreSeen(
  restored: StoredRestore | undefined,
  source: string,
  serverSeconds: number | undefined,
): StoredRestore | undefined {
  if (restored === undefined || serverSeconds === undefined || restored.before[source] !== undefined) return restored;
  return { before: { ...restored.before, [source]: serverSeconds } };
}

/** The entries, those marked that may have been journaled before the restore by the life that the copy does not know. */
export function withMarks(
  entries: readonly Entry[],
  restored: StoredRestore | undefined,
  source: string,
): readonly Entry[] {
  if (restored === undefined) return entries;
  const before = (restored.before[source] ?? Number.POSITIVE_INFINITY) * 1000;
  return entries.map((entry) => {
    // Without a time of its own nobody knows when it happened.
    const isOld = entry.timeMs <= before || entry.timeGuessed === true;
    return isOld && entry.again !== true ? new LiveEntry({ ...fieldsOf(entry), again: true }) : entry;
  });
}

function fieldsOf(entry: Entry): Entry {
  const { id, type, timeMs, timeGuessed, receivedMs, source, feed, dialect, organization, raw } = entry;
  return {
    id,
    type,
    timeMs,
    ...(timeGuessed && { timeGuessed }),
    receivedMs,
    source,
    feed,
    dialect,
    ...(organization && { organization }),
    raw,
  };
}
