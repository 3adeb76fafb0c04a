/**
 * `audit-relay tail`: events as they are journaled, or as a sink takes them. It only looks on: it reads the journal without a
 * cursor of its own, and what it is too slow for is counted and never waited for.
 */

import { setTimeout } from 'node:timers/promises';
import { createEntryView, RelayError, readJournal } from '@audit-relay/core';
import { errorText } from '../error-text.ts';
import { type ChosenJournal, chooseJournal, type JournalChoice } from '../journal-reading.ts';
import { printable } from '../printable.ts';
import { EXIT, type ProcessIO } from '../process-io.ts';
import { deliveredTo, type Entry, type JournalReader } from '../relay-access.ts';
import { codeOf, messageOf, stopSignal } from '../stopping.ts';
import { VERSION } from '../version.ts';

/** What the command line said. */
export interface TailOptions extends JournalChoice {
  /** What this sink takes, instead of what is journaled. */
  readonly sink?: string;
  /** In the language of `when`. */
  readonly where?: string;
  /** What happened from this time on and is held, before what comes: seconds since the epoch. */
  readonly sinceSeconds?: number;
  /** A line of JSON for each, as the document of this format. */
  readonly json: boolean;
  readonly format: 'raw' | 'ecs' | 'ocsf';
}

/** Between two looks at what is new, in milliseconds. */
const LOOK_MS = 250;
/** Raw text that is looked at in one turn. */
const PORTION_BYTES = 2 ** 20;

type View = ReturnType<typeof createEntryView>;

/** Resolves with the exit code, once a signal has come, nobody reads any more, or the agent whose sink it is has ended. */
export async function tail(options: TailOptions, io: ProcessIO): Promise<number> {
  if (options.sink !== undefined && options.sinceSeconds !== undefined) {
    io.talk(
      '--since goes with what is journaled: when a sink took an event of the past is kept nowhere. Leave one of them out.\n',
    );
    return EXIT.usage;
  }
  const chosen = await chooseJournal(options, io);
  if (chosen === undefined) return EXIT.badConfig;
  const stop = stopSignal(() => undefined);
  try {
    const view = viewOf(chosen.reading, options.original);
    const where = options.where === undefined ? undefined : view.where(options.where);
    const reader = await readJournal(chosen.path);
    try {
      await follow({ options, view, where, reader, signal: stop.signal }, io);
      return EXIT.done;
    } finally {
      await reader.close();
    }
  } catch (error) {
    return sayWhy(error, io);
  } finally {
    stop.release();
  }
}

function viewOf(reading: ChosenJournal['reading'], original: boolean): View {
  const { normalization, config } = reading ?? {};
  const redacting = original && normalization !== undefined ? { ...normalization, redact: [] } : normalization;
  return createEntryView({ name: config?.name ?? 'audit-relay', version: VERSION }, redacting);
}

function sayWhy(error: unknown, io: ProcessIO): number {
  const isWhere = codeOf(error) === 'WHEN_INVALID';
  io.talk(errorText(isWhere ? new RelayError('WHEN_INVALID', `--where: ${messageOf(error)}`) : error));
  return isWhere ? EXIT.usage : EXIT.failed;
}

interface Following {
  readonly options: TailOptions;
  readonly view: View;
  readonly where: ((entry: Entry) => boolean) | undefined;
  readonly reader: JournalReader;
  readonly signal: AbortSignal;
}

async function follow({ options, view, where, reader, signal }: Following, io: ProcessIO): Promise<void> {
  const portions =
    options.sink === undefined ? journaled(reader, options.sinceSeconds) : delivered(reader, options.sink);
  for await (const { entries, missed, isEnd } of portions) {
    if (missed > 0) io.talk(`${missed} event(s) went by before they could be shown\n`);
    const shown = entries.filter((entry) => where === undefined || where(entry));
    if (shown.length > 0) io.out(shown.map((entry) => lineOf(entry, view, options)).join(''));
    if (signal.aborted || !(await io.flushed())) return;
    if (isEnd) await setTimeout(LOOK_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
  }
}

interface Portion {
  readonly entries: readonly Entry[];
  /** Events that nobody will show. */
  readonly missed: number;
  /** There is nothing more for now. */
  readonly isEnd: boolean;
}

/** From the end on; with a time, all that is held of it first. */
async function* journaled(reader: JournalReader, sinceSeconds: number | undefined): AsyncGenerator<Portion> {
  const sinceMs = sinceSeconds === undefined ? undefined : sinceSeconds * 1_000;
  let from: Parameters<JournalReader['tail']>[0] = sinceMs === undefined ? 'end' : 'beginning';
  for (;;) {
    const { entries, position, missed } = reader.tail(from, PORTION_BYTES);
    from = position;
    // What happened before it is not asked for, whenever it was read.
    const wanted = sinceMs === undefined ? entries : entries.filter(({ timeMs }) => timeMs >= sinceMs);
    yield { entries: wanted, missed, isEnd: entries.length === 0 };
  }
}

async function* delivered(reader: JournalReader, sink: string): AsyncGenerator<Portion> {
  let after: number | undefined;
  for (;;) {
    const portion = await deliveredTo(reader, sink, after);
    after = portion.after;
    yield { ...portion, isEnd: portion.entries.length === 0 };
  }
}

function lineOf(entry: Entry, view: View, { json, format }: TailOptions): string {
  const { source, feed, receivedMs } = entry;
  const { id, type, timeMs, json: document, facts } = view.envelope(entry, format);
  const time = new Date(timeMs).toISOString();
  if (!json) return `${time}  ${printable(facts.summary)}  ${source}/${feed}  ${printable(id)}\n`;
  const known = { id, type, time, source, feed, received: new Date(receivedMs).toISOString() };
  return `${JSON.stringify(known).slice(0, -1)},"document":${document}}\n`;
}
