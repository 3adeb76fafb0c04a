/**
 * A source's way into a journal against a model in plain memory: random commits, forgetting, reopenings, and crashes in the middle
 * of a commit. Whichever journal it is: what is in is in once, in order, and the checkpoint says exactly what is.
 */
import * as fc from 'fast-check';
import { expect } from 'vitest';
import type { Entry } from '../../entry.ts';
import type { Checkpoint } from '../checkpoint.ts';
import type { FeedCommit, SourceJournal } from '../journal.ts';

/** A journal that can be opened again, and cut. */
export interface ModelledJournal {
  /** As it is open now. */
  source(): SourceJournal;
  /** Closes it in good order and opens it again. */
  reopen(): Promise<void>;
  /** Runs `work` and cuts the journal at the `at`th step that it logs, as `kill -9` would, or after `work`; then opens what is left. */
  crash(work: (source: SourceJournal) => Promise<unknown>, at: number): Promise<void>;
  /** The ids of the source's entries, as they stand. */
  entries(): Promise<readonly string[]>;
}

export type ModelStep =
  /** `shift`: the API has given the events a time so many hours later; null: none. */
  | {
      readonly kind: 'commit' | 'crash';
      readonly ids: readonly number[];
      readonly shift: number | null;
      readonly again: boolean;
      readonly at: number;
    }
  | { readonly kind: 'malformed'; readonly record: number }
  | { readonly kind: 'forget'; readonly hour: number }
  | { readonly kind: 'reopen' };

const commit = {
  ids: fc.array(fc.nat(40), { maxLength: 20 }),
  shift: fc.option(fc.nat(20)),
  again: fc.boolean(),
  at: fc.integer({ min: 1, max: 6 }),
};

export const modelStep: fc.Arbitrary<ModelStep> = fc.oneof(
  fc.record({ kind: fc.constant('commit' as const), ...commit }),
  fc.record({ kind: fc.constant('crash' as const), ...commit }),
  fc.record({ kind: fc.constant('malformed' as const), record: fc.nat(3) }),
  fc.record({ kind: fc.constant('forget' as const), hour: fc.nat(12) }),
  fc.record({ kind: fc.constant('reopen' as const) }),
);

const NEVER = new AbortController().signal;
const FEED = 'organization';
const HOUR_SECONDS = 3600;

/** @throws as `expect` does, at the first step at which the journal differs. */
export async function runSourceModel(journal: ModelledJournal, steps: readonly ModelStep[], source = 'acme'): Promise<void> {
  const model = new SourceModel(source);
  for (const step of steps) {
    await model.run(journal, step);
    expect(journal.source().checkpoint(FEED)).toEqual(model.checkpoint);
  }
  expect(await journal.entries()).toEqual(model.entries);
}

class SourceModel {
  readonly entries: string[] = [];
  checkpoint: Checkpoint | undefined;
  readonly #source: string;
  /** In which hour each id is known. */
  readonly #known = new Map<string, number>();
  readonly #malformed = new Set<string>();
  #commits = 0;

  constructor(source: string) {
    this.#source = source;
  }

  async run(journal: ModelledJournal, step: ModelStep): Promise<void> {
    switch (step.kind) {
      case 'commit': {
        const asked = this.#commit(step);
        const { journaled, duplicates } = await journal.source().commit(asked, NEVER);
        const fresh = this.#fresh(asked);
        expect(journaled.map(({ id }) => id)).toEqual(fresh);
        expect(duplicates).toBe(asked.entries.length - fresh.length);
        return this.#take(asked, fresh);
      }
      case 'crash': {
        const asked = this.#commit(step);
        const before = this.checkpoint;
        // A journal that is cut refuses, and may do so late.
        await journal.crash((source) => source.commit(asked, NEVER), step.at);
        const found = journal.source().checkpoint(FEED);
        if (found?.startSeconds === this.#commits) return this.#take(asked, this.#fresh(asked));
        expect(found).toEqual(before);
        return;
      }
      case 'malformed': {
        const record = { raw: `{"n":${step.record}}`, reason: 'it has no id', receivedMs: 0 };
        const asked = { ...this.#commit({ ids: [], shift: 0, again: false }), malformedRecords: [record] };
        const { malformedRecords } = await journal.source().commit(asked, NEVER);
        expect(malformedRecords.map(({ raw }) => raw)).toEqual(this.#malformed.has(record.raw) ? [] : [record.raw]);
        this.#malformed.add(record.raw);
        return this.#take(asked, []);
      }
      case 'forget': {
        const { advance, ...rest } = this.#commit({ ids: [], shift: 0, again: false });
        const seconds = step.hour * HOUR_SECONDS;
        const asked: FeedCommit = {
          ...rest,
          advance: (current) => ({ ...advance(current), passes: { sweep: 1 }, idsNeededFrom: seconds }),
        };
        await journal.source().commit(asked, NEVER);
        return this.#take(asked, []);
      }
      case 'reopen':
        return journal.reopen();
    }
  }

  #commit({ ids, shift, again }: { readonly ids: readonly number[]; readonly shift: number | null; readonly again: boolean }): FeedCommit {
    this.#commits += 1;
    const startSeconds = this.#commits;
    const advance = (current: Checkpoint | undefined): Checkpoint => ({
      ...(current ?? { version: 1, startProvisional: false, done: [], passes: {} }),
      startSeconds,
    });
    return { feed: FEED, advance, entries: ids.map((id) => this.#entry(id, shift)), ...(again && { again }) };
  }

  #entry(id: number, shift: number | null): Entry {
    const timeMs = ((id % 5) + (shift ?? 7)) * HOUR_SECONDS * 1000;
    return {
      id: `e${id}`,
      type: 't',
      timeMs,
      ...(shift === null && { timeGuessed: true as const }),
      receivedMs: timeMs,
      source: this.#source,
      feed: FEED,
      dialect: 'audit_logs',
      raw: JSON.stringify({ id: `e${id}` }),
    };
  }

  #fresh({ entries, again }: FeedCommit): readonly string[] {
    const ids = [...new Set(entries.map(({ id }) => id))];
    return again === true ? ids : ids.filter((id) => !this.#known.has(id));
  }

  #take({ advance, entries }: FeedCommit, fresh: readonly string[]): void {
    this.checkpoint = advance(this.checkpoint);
    this.entries.push(...fresh);
    for (const id of fresh) {
      const hour = Math.floor((entries.find((entry) => entry.id === id)?.timeMs ?? 0) / (HOUR_SECONDS * 1000));
      this.#known.set(id, Math.max(hour, this.#known.get(id) ?? hour));
    }
    // What the checkpoint needs no more is forgotten with the commit that says so, and with every later one.
    const from = this.checkpoint.idsNeededFrom;
    if (from === undefined) return;
    for (const [id, hour] of this.#known) if (hour < from / HOUR_SECONDS) this.#known.delete(id);
  }
}
