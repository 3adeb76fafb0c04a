/** `audit-relay journal check`, `compact` and `export`: to look after a journal by hand. */
import { closeSync, writeSync } from 'node:fs';
import { checkJournal, compactJournal, createMapper, readJournal, salvagedEntries } from '@audit-relay/core';
import { embeddedOf } from '../config/journal.ts';
import { problemList } from '../config/problems.ts';
import { isGood, type Reading, readConfig } from '../config/read.ts';
import { errorText } from '../error-text.ts';
import { chooseJournal, type JournalChoice } from '../journal-reading.ts';
import { openNewFile } from '../new-file.ts';
import { POINT_FORMS, parsePoint } from '../point-in-time.ts';
import { EXIT, type ProcessIO } from '../process-io.ts';
import { VERSION } from '../version.ts';

type Check = Awaited<ReturnType<typeof checkJournal>>;
type Entry = ReturnType<typeof salvagedEntries> extends AsyncIterable<infer One> ? One : never;
type Selection = Parameters<typeof salvagedEntries>[1];

/** A line of progress after each. */
const PROGRESS_EVENTS = 100_000;

/** Resolves with the exit code: 1 when it is not whole. */
export async function check(
  options: Omit<JournalChoice, 'original'> & { readonly json: boolean },
  io: ProcessIO,
): Promise<number> {
  // Nothing of an event is shown.
  const chosen = await chooseJournal({ ...options, original: true }, io);
  if (chosen === undefined) return EXIT.badConfig;
  return told(io, async () => {
    const found = await checkJournal(chosen.path);
    io.out(options.json ? `${JSON.stringify(found, null, 2)}\n` : checkText(found));
    return found.verdict === 'whole' ? EXIT.done : EXIT.failed;
  });
}

function checkText({ verdict, path, running, fileBytes, salvageable, problem, ...counts }: Check): string {
  const { entries, deadLetters, malformedRecords, lanes, damaged, starts, setAside } = counts;
  const words = { whole: 'whole', entries_damaged: 'some entries are damaged', damaged: 'damaged: it does not open' };
  const lines = [
    `journal  ${path}: ${words[verdict]}`,
    `file     ${(fileBytes / 2 ** 20).toFixed(1)} MiB${running ? '; an agent runs on it, which looked at its structure when it began' : ''}`,
    ...(verdict === 'damaged'
      ? []
      : [
          `read     ${entries} entries, ${deadLetters} dead letters, ${malformedRecords} records without an id, ${lanes} sinks`,
        ]),
    ...(damaged.length === 0 ? [] : [`damaged  the chunks of the entries ${damaged.join(', ')}`]),
    ...(problem === undefined ? [] : [`problem  ${problem}`]),
    ...(salvageable === undefined
      ? []
      : [
          `salvage  ${salvageable.entries} entries and ${salvageable.deadLetters} dead letters can be read: audit-relay journal export --salvage`,
        ]),
    ...(starts === 'damaged' ? ['starts   starts.json is damaged; the next start writes it anew'] : []),
    ...setAside.map((set) => `aside    ${set.path}, since ${new Date(set.atMs).toISOString()}: ${set.problem}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** Resolves with the exit code. */
export async function compact({ config }: { readonly config: string }, io: ProcessIO): Promise<number> {
  const reading = await readConfig(config, io);
  if (!isGood(reading)) {
    io.talk(problemList(reading.problems));
    return EXIT.badConfig;
  }
  return told(io, async () => {
    const { beforeBytes, afterBytes } = await compactJournal(embeddedOf(reading.config.journal));
    io.talk(`data.mdb took ${beforeBytes} bytes and takes ${afterBytes} now\n`);
    return EXIT.done;
  });
}

export interface ExportOptions extends JournalChoice {
  readonly from?: string;
  readonly to?: string;
  readonly source?: string;
  readonly out?: string;
  readonly salvage: boolean;
}

/** Resolves with the exit code. */
export async function exportEntries(options: ExportOptions, io: ProcessIO): Promise<number> {
  const selection = selectionOf(options);
  if (typeof selection === 'string') {
    io.talk(selection);
    return EXIT.usage;
  }
  const chosen = await chooseJournal(options, io);
  if (chosen === undefined) return EXIT.badConfig;
  const textOf = textsOf(options.original ? undefined : chosen.reading);
  return told(io, async () => {
    if (options.salvage) return write(salvagedEntries(chosen.path, selection), { ...options, textOf }, io);
    const reader = await readJournal(chosen.path);
    try {
      return await write(reader.entries(selection), { ...options, textOf }, io);
    } finally {
      await reader.close();
    }
  });
}

/** One at a time: neither file nor pipe takes memory. */
async function write(
  entries: AsyncIterable<Entry>,
  { out, textOf }: Pick<ExportOptions, 'out'> & { textOf(entry: Entry): string },
  io: ProcessIO,
): Promise<number> {
  const file = out === undefined ? undefined : openNewFile(out);
  let written = 0;
  try {
    for await (const entry of entries) {
      const line = `${textOf(entry)}\n`;
      if (file === undefined) io.out(line);
      else writeSync(file, line);
      if (file === undefined && !(await io.flushed())) return EXIT.done;
      written += 1;
      if (written % PROGRESS_EVENTS === 0) io.talk(`${written} events so far\n`);
    }
  } finally {
    if (file !== undefined) closeSync(file);
  }
  io.talk(`${written} events written${out === undefined ? '' : ` to ${out}`}\n`);
  return EXIT.done;
}

/** The record's own text; with a configuration, as that redacts it. */
function textsOf(reading: Reading | undefined): (entry: Entry) => string {
  const normalization = reading?.normalization;
  const name = reading?.config?.name ?? 'audit-relay';
  if (normalization === undefined || normalization.redact.length === 0) return ({ raw }) => raw;
  return ({ raw, receivedMs }) => {
    const mapped = createMapper({ identity: { name, version: VERSION }, receivedMs, normalization })(raw);
    // What was journaled has an id.
    return mapped.kind === 'no_event' ? '{}' : mapped.document('raw');
  };
}

function selectionOf({ from, to, source }: ExportOptions): Selection | string {
  const nowMs = Date.now();
  const [begin, end] = [from, to].map((text) => (text === undefined ? undefined : parsePoint(text, nowMs)));
  if ((from !== undefined && begin === undefined) || (to !== undefined && end === undefined)) {
    return `--from and --to take ${POINT_FORMS}\n`;
  }
  return {
    ...(begin === undefined ? {} : { from: begin }),
    ...(end === undefined ? {} : { to: end }),
    ...(source === undefined ? {} : { source }),
  };
}

async function told(io: ProcessIO, work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    io.talk(errorText(error));
    return EXIT.failed;
  }
}
