/**
 * `audit-relay dead-letters`: what the sinks never took, and records that reached none. To look works beside an agent and
 * without one; to retry or drop goes through the agent where one runs.
 */
import { closeSync, writeSync } from 'node:fs';
import { readJournal } from '@audit-relay/core';
import { quietLog } from '../asking.ts';
import { problemList } from '../config/problems.ts';
import { type GoodReading, isGood, readConfig } from '../config/read.ts';
import { type Action, type Changed, change } from '../dead-letters/change.ts';
import { contentsOf, wholeJson } from '../dead-letters/document.ts';
import { type DeadLetterHead, type Item, itemsOf } from '../dead-letters/item.ts';
import { isNarrowed, type Selection, selectionOf, type Wanted } from '../dead-letters/select.ts';
import { countText, listText, showText } from '../dead-letters/text.ts';
import { errorText } from '../error-text.ts';
import { type ChosenJournal, chooseJournal, type JournalChoice } from '../journal-reading.ts';
import { openNewFile } from '../new-file.ts';
import { EXIT, type ProcessIO } from '../process-io.ts';
import type { JournalReader } from '../relay-access.ts';
import { systemRuntime } from '../runtime.ts';

/** What the command line said of the dead letters and the journal. */
export interface LookOptions extends Wanted, JournalChoice {
  readonly json: boolean;
}

/** Heads alone; `limit` of them at most for a human. Resolves with the exit code. */
export function list(options: LookOptions & { readonly limit: number }, io: ProcessIO): Promise<number> {
  return look(options, io, async (items, reader) => {
    const heads = headsOf(items);
    if (options.json) io.out(`${JSON.stringify(heads, null, 2)}\n`);
    else for (const head of heads.slice(0, options.limit)) io.out(listText(head));
    const more = options.json ? 0 : heads.length - options.limit;
    if (more > 0) io.talk(`and ${more} more: --limit ${heads.length}, or a filter\n`);
    const again = heads.filter(({ retryAsked }) => retryAsked !== undefined).length;
    io.talk(`${countText(heads.length, again)}${pastText(reader)}\n`);
    return EXIT.done;
  });
}

/** Each with its event and document. Resolves with the exit code: 1 where none is selected. */
export function show(options: LookOptions, io: ProcessIO): Promise<number> {
  return look(options, io, async (items, _reader, { reading }) => {
    let shown = 0;
    for (const item of items) {
      const contents = contentsOf(item, { reading, original: options.original });
      io.out(options.json ? `${wholeJson(item, contents)}\n` : showText(item.head, contents));
      if (!(await io.flushed())) return EXIT.done;
      shown += 1;
    }
    return shown > 0 ? EXIT.done : EXIT.failed;
  });
}

/** A line of JSON each, to stdout or a new file that is its owner's alone. Resolves with the exit code. */
export function exportDeadLetters(options: LookOptions & { readonly out?: string }, io: ProcessIO): Promise<number> {
  return look(options, io, async (items, _reader, { reading }) => {
    const { out } = options;
    const file = out === undefined ? undefined : openNewFile(out);
    let written = 0;
    try {
      for (const item of items) {
        const line = `${wholeJson(item, contentsOf(item, { reading, original: options.original }))}\n`;
        if (file === undefined) io.out(line);
        else writeSync(file, line);
        if (file === undefined && !(await io.flushed())) return EXIT.done;
        written += 1;
      }
    } finally {
      if (file !== undefined) closeSync(file);
    }
    io.talk(`${countText(written, 0)} written${out === undefined ? '' : ` to ${out}`}\n`);
    return EXIT.done;
  });
}

export interface ChangeOptions extends Wanted {
  readonly action: Action;
  readonly config: string;
  /** Every one, where neither an id nor a filter says which. */
  readonly all: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
}

/**
 * Resolves with the exit code: 1 also when an id could not be changed, or a letter whose sink is not configured. Records of a source
 * that a filter or `--all` chose are passed over by a retry, and told: a script's retry has not failed by what can never go.
 */
export async function changeDeadLetters(options: ChangeOptions, io: ProcessIO): Promise<number> {
  const { action, all } = options;
  if (!all && !isNarrowed(options)) {
    io.talk(`say which dead letters to ${action}: ids, a filter such as --sink, or --all\n`);
    return EXIT.usage;
  }
  const reading = await readConfig(options.config, io);
  if (!isGood(reading)) {
    io.talk(problemList(reading.problems));
    return EXIT.badConfig;
  }
  const gathered: Gathered[] = [];
  const code = await look({ ...options, original: true }, io, async (items, reader) => {
    gathered.push({ named: namesOf(items), reader });
    return EXIT.done;
  });
  const [first] = gathered;
  return first === undefined ? code : Math.max(code, await carryOut(first, { options, reading }, io));
}

/** The journal is let go by then: one process cannot read and write it at once. */
interface Gathered {
  readonly named: readonly Named[];
  readonly reader: Pick<JournalReader, 'ask' | 'isHeld'>;
}

interface Carried {
  readonly options: ChangeOptions;
  readonly reading: GoodReading;
}

async function carryOut({ named, reader }: Gathered, { options, reading }: Carried, io: ProcessIO): Promise<number> {
  const { action } = options;
  const { journal, sinks } = reading.config;
  const isAble = ({ sink }: Named): boolean => action === 'drop' || (sink !== undefined && sink in sinks);
  const able = named.filter(isAble);
  const passedOver = named.filter((one) => !isAble(one));
  for (const text of unableTexts(passedOver)) io.talk(text);
  const keys = able.map(({ key }) => key);
  const runtime = systemRuntime(quietLog(reading, io).log);
  try {
    const done =
      options.dryRun || keys.length === 0 ? undefined : await change({ action, keys, reader, journal, runtime });
    if (options.json) {
      const { changed = 0, byAgent = await reader.isHeld() } = done ?? {};
      const ids = { ids: able.map(({ id }) => id), passedOver: passedOver.map(({ id }) => id) };
      const report = { action, selected: named.length, changed, byAgent, ...ids };
      io.out(`${JSON.stringify(report, null, 2)}\n`);
    } else io.talk(`${doneText(action, keys.length, done)}\n`);
  } catch (error) {
    io.talk(errorText(error));
    return EXIT.failed;
  }
  return passedOver.some(({ id, sink }) => sink !== undefined || options.ids.includes(id)) ? EXIT.failed : EXIT.done;
}

/** Undefined as its sink: a record of a source. */
interface Named extends Pick<Item, 'key'> {
  readonly id: string;
  readonly sink: string | undefined;
}

type Work = (items: Iterable<Item>, reader: JournalReader, chosen: ChosenJournal) => Promise<number>;

/** Selects, and lets the journal go when the work is done. An id that names none is told, and makes the code 1. */
async function look(options: LookOptions, io: ProcessIO, work: Work): Promise<number> {
  const selection = selectionOf(options, Date.now());
  if (typeof selection === 'string') {
    io.talk(`${selection}\n`);
    return EXIT.usage;
  }
  const chosen = await chooseJournal(options, io);
  if (chosen === undefined) return EXIT.badConfig;
  try {
    const reader = await readJournal(chosen.path);
    try {
      const seen = new Set<string>();
      const code = await work(selected(reader, selection, seen), reader, chosen);
      const unknown = options.ids.filter((id) => !seen.has(id));
      for (const id of unknown) io.talk(`no dead letter ${id} is kept here, or a filter leaves it out\n`);
      return unknown.length > 0 ? EXIT.failed : code;
    } finally {
      await reader.close();
    }
  } catch (error) {
    io.talk(errorText(error));
    return EXIT.failed;
  }
}

/** One at a time, so that many large ones take no memory; `seen` gets their ids. */
function* selected(reader: JournalReader, selection: Selection, seen: Set<string>): Iterable<Item> {
  for (const item of itemsOf(reader)) {
    if (!selection(item)) continue;
    seen.add(item.head.id);
    yield item;
  }
}

function headsOf(items: Iterable<Item>): readonly DeadLetterHead[] {
  const heads: DeadLetterHead[] = [];
  for (const { head } of items) heads.push(head);
  return heads;
}

function namesOf(items: Iterable<Item>): readonly Named[] {
  const names: Named[] = [];
  for (const { head, key } of items) names.push({ id: head.id, sink: head.sink, key });
  return names;
}

/** What has become of others: they are in no list any more. */
function pastText(reader: JournalReader): string {
  const { retried, dropped, droppedMalformedRecords } = reader.stats();
  const sum = (counts: Readonly<Record<string, number>>): number =>
    Object.values(counts).reduce((total, count) => total + count, 0);
  const left = Object.values(retried).reduce((total, counts) => total + sum(counts), 0);
  const gone = sum(dropped) + sum(droppedMalformedRecords);
  return left + gone === 0 ? '' : `; retried with success so far: ${left}, dropped: ${gone}`;
}

function unableTexts(unable: readonly Named[]): readonly string[] {
  const sinks = new Set(unable.map(({ sink }) => sink));
  return [...sinks].map((sink) => {
    const ids = unable.filter((one) => one.sink === sink).map(({ id }) => id);
    const some = ids.length > 5 ? `${ids.slice(0, 5).join(', ')} and ${ids.length - 5} more` : ids.join(', ');
    if (sink === undefined)
      return `${some}: a record without a usable id reaches no sink, so it cannot go again: export or drop it\n`;
    return `${some}: no sink is named ${sink} in the configuration: give it back its entry there, or export and drop them\n`;
  });
}

function doneText(action: Action, selected: number, done: Changed | undefined): string {
  if (selected === 0) return `no dead letter ${action === 'retry' ? 'that can go again is' : 'is'} chosen`;
  const [verb, past] = action === 'retry' ? ['go again', 'go again'] : ['be dropped', 'are dropped'];
  if (done === undefined) return `${countText(selected, 0)} would ${verb}: nothing was changed`;
  if (done.changed === 0) return 'nothing was changed: they were asked to go again before, or have gone meanwhile';
  const some = `${countText(done.changed, 0)} ${done.changed === 1 ? past.replace('go', 'goes').replace('are', 'is') : past}`;
  if (action === 'drop') return `${some}, counted apart: audit-relay status`;
  return `${some}: ${done.byAgent ? 'the agent sends them now' : 'at the next start of an agent'}`;
}
