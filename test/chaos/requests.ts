/**
 * What operators ask of a relay that runs: dead letters that go again or are dropped, and replays, over its journal's socket as the
 * commands do it. What was asked is kept for the verdict: a request whose answer was lost may have been taken.
 */
import { RelayError, readJournal } from '@audit-relay/core';
import type { Request, SinkName } from './schedule.ts';

type Reader = Awaited<ReturnType<typeof readJournal>>;

/** A replay that may be under way since then. */
export interface AskedReplay {
  readonly sink: SinkName;
  /** Of events, in milliseconds since the epoch: from, included, and to, not included. */
  readonly fromMs: number;
  readonly toMs: number;
  /** By this process's monotonic clock. */
  readonly askedMs: number;
  readonly life: number;
  /** The relay said that it has taken it. */
  isTaken: boolean;
  isStopped: boolean;
}

/** Dead letters that were to be dropped. */
export interface AskedDrop {
  readonly sink: SinkName;
  readonly ids: readonly string[];
  /** How many were, as the relay has said; undefined: it did not say. */
  changed: number | undefined;
}

export interface Asking {
  readonly journal: string;
  /** How many lives have begun before the present one. */
  readonly life: number;
  /** Of a replay: of events since then, in milliseconds since the epoch. */
  readonly fromMs: number;
}

/** A relay that is stopped, or busy, is not waited for. */
const ANSWER_MS = 5_000;

export class Requests {
  readonly replays: AskedReplay[] = [];
  readonly drops: AskedDrop[] = [];
  /** Sinks whose dead letters were asked to go again. */
  readonly retried: Set<SinkName> = new Set();

  /** Resolves with whether the relay has done something for it. */
  async ask(what: Request, of: SinkName, asking: Asking): Promise<boolean> {
    try {
      const reader = await readJournal(asking.journal);
      const letters = [...reader.deadLetters(of)];
      // The journal is let go by whoever asks: a process cannot have it open twice.
      await reader.close();
      if (what === 'retry' || what === 'drop') return await this.#letters(what, of, { reader, letters });
      return await this.#replay(what, of, { reader, asking });
    } catch (error) {
      // The relay is ending, or has not begun, or the journal has been put aside.
      if (error instanceof RelayError) return false;
      throw error;
    }
  }

  async #letters(
    what: 'retry' | 'drop',
    sink: SinkName,
    { reader, letters }: { readonly reader: Reader; readonly letters: readonly Letter[] },
  ): Promise<boolean> {
    if (letters.length === 0) return false;
    const keys = letters.map(({ lane, sequence }) => ({ lane, sequence }));
    const drop: AskedDrop = { sink, ids: letters.map(({ entry }) => entry.id), changed: undefined };
    if (what === 'drop') this.drops.push(drop);
    else this.retried.add(sink);
    const changed = Number(Object(await reader.ask({ request: what, letters: keys }, ANSWER_MS)).changed);
    if (Number.isNaN(changed)) return false;
    drop.changed = changed;
    return changed > 0;
  }

  async #replay(
    what: 'replay' | 'replay, and stop it',
    sink: SinkName,
    { reader, asking: { life, fromMs } }: { readonly reader: Reader; readonly asking: Asking },
  ): Promise<boolean> {
    const time = { fromMs, toMs: LONG_AFTER_MS };
    const replay = { sink, ...time, askedMs: performance.now(), life, isTaken: false, isStopped: false };
    this.replays.push(replay);
    const answer = await reader.ask({ request: 'replay', sink, ...time, overwrite: false }, ANSWER_MS);
    replay.isTaken = typeof Object(answer).replay === 'number';
    if (replay.isTaken && what === 'replay, and stop it') {
      replay.isStopped = true;
      await reader.ask({ request: 'stop_replay', sink }, ANSWER_MS);
    }
    return replay.isTaken;
  }
}

type Letter = ReturnType<Reader['deadLetters']> extends Iterable<infer Kept> ? Kept : never;

const LONG_AFTER_MS = 1e13;
