/**
 * `audit-relay setup`: makes what a journal needs at its peer, and lets every sink that has a set-up put in place at its own what it works best with. It can be
 * run again at any time, beside a running agent too: what is as it should be is left as it is. With `--out` it writes what
 * only the operator may install (`setup-files.ts`).
 */
import type { SinkOptions } from '@audit-relay/core';
import type { SetupStep } from '@audit-relay/sink';
import { type QuietLog, quietLog, unknownName, without } from '../asking.ts';
import { isEmbedded, type LoadedJournal, nameOf } from '../config/journal.ts';
import { problemList } from '../config/problems.ts';
import { type GoodReading, isGood, readConfig } from '../config/read.ts';
import { EXIT, type ProcessIO } from '../process-io.ts';
import { systemRuntime } from '../runtime.ts';
import { sinkContext } from '../sink-context.ts';
import { messageOf } from '../stopping.ts';
import { withinLimit } from '../within-limit.ts';
import { writeFiles } from './setup-files.ts';

/** What the command line said. */
export interface SetupOptions {
  /** Path of the YAML file. */
  readonly config: string;
  /** A sink's name, or else a type; absent: every sink. */
  readonly sink?: string;
  /** The folder for what the operator installs at the peers himself; then no peer is asked. Absent: the peers are set up. */
  readonly out?: string;
  /** Look only, and say what would be done. */
  readonly dryRun: boolean;
  readonly json: boolean;
  /** How long one sink may take, in milliseconds; a minute unless a test says otherwise. */
  readonly limitMs?: number;
}

/** What became of one sink, or of the journal; no steps: its peer needs nothing. */
interface PartSetup {
  readonly sink?: string;
  readonly journal?: string;
  readonly type: string;
  readonly steps: readonly SetupStep[];
}

const LIMIT_MS = 60_000;

/** Resolves with the exit code: 1 when a step failed. */
export async function setup(options: SetupOptions, io: ProcessIO): Promise<number> {
  const reading = await readConfig(options.config, io);
  if (!isGood(reading)) {
    io.talk(problemList(reading.problems));
    return EXIT.badConfig;
  }
  const asked = askedFor(reading.config.sinks, options.sink);
  if (asked.length === 0 && options.sink !== undefined) {
    io.talk(`${unknownName('sink', options.sink, Object.keys(reading.config.sinks))}\n`);
    return EXIT.usage;
  }
  if (options.out !== undefined && asked.every(([, { plugin }]) => plugin.files === undefined)) {
    io.talk(`${nothingToWrite(reading.config.sinks, options.sink)}\n`);
    return EXIT.usage;
  }
  const log = quietLog(reading, io);
  const done: PartSetup[] = [];
  const say = (title: string, steps: readonly SetupStep[]): void => {
    const nothing = options.out === undefined ? 'nothing to set up' : 'no files to write';
    if (!options.json) io.out(without(reading.secrets, textOf(title, steps, nothing)));
  };
  const ofJournal = await journalSetup(reading.config.journal, log, options);
  for (const { journal, steps } of ofJournal) say(`journal ${journal}`, steps);
  done.push(...ofJournal);
  for (const [sink, sinkOptions] of asked) {
    const steps = await stepsOf({ ...sinkOptions, sink, log }, options);
    done.push({ sink, type: sinkOptions.plugin.type, steps });
    say(`${sink} (${sinkOptions.plugin.type})`, steps);
  }
  if (options.json) io.out(without(reading.secrets, `${JSON.stringify(done, null, 2)}\n`));
  if (options.dryRun) io.talk('Nothing was changed: this is what would be done.\n');
  return done.some(({ steps }) => steps.some(({ outcome }) => outcome === 'failed')) ? EXIT.failed : EXIT.done;
}

/** One sink by its name or, where none is called so, all sinks of that type: who says `setup datadog` may have named it otherwise. */
function askedFor(
  sinks: Readonly<Record<string, SinkOptions>>,
  word: string | undefined,
): readonly (readonly [name: string, options: SinkOptions])[] {
  const all = Object.entries(sinks);
  if (word === undefined) return all;
  const named = all.filter(([name]) => name === word);
  return named.length > 0 ? named : all.filter(([, { plugin }]) => plugin.type === word);
}

/** Never rejects: a sink that throws, or does not come back, is a step that failed. */
async function stepsOf(
  { sink, log, ...options }: SinkOptions & { readonly sink: string; readonly log: QuietLog },
  { dryRun, out, limitMs = LIMIT_MS }: SetupOptions,
): Promise<readonly SetupStep[]> {
  if (out !== undefined) return writeFiles(options, { out, dryRun });
  const own = options.plugin.files === undefined ? [] : [filesLeft(sink)];
  try {
    return await withinLimit(limitMs, async (signal) => {
      const { plugin, config } = options;
      const steps = (await plugin.setup?.(config, sinkContext(sink, options, log), { signal, dryRun })) ?? [];
      return [...steps, ...own];
    });
  } catch (error) {
    const fix = 'look at the address and the network; if both are well, report it to the sink’s author';
    return [{ name: 'set-up', outcome: 'failed', detail: messageOf(error), fix }];
  }
}

/** One, or none: where a sink alone or files are asked for, or the journal needs nothing. */
async function journalSetup(
  journal: GoodReading['config']['journal'],
  log: QuietLog,
  options: SetupOptions,
): Promise<readonly PartSetup[]> {
  if (options.sink !== undefined || options.out !== undefined || isEmbedded(journal)) return [];
  const steps = await journalSteps(journal, log, options);
  return [{ journal: nameOf(journal), type: journal.type, steps }];
}

/** Never rejects, as of a sink. */
async function journalSteps(
  { plugin, config }: LoadedJournal,
  { log }: QuietLog,
  { dryRun, limitMs = LIMIT_MS }: SetupOptions,
): Promise<readonly SetupStep[]> {
  const runtime = systemRuntime(log);
  try {
    return await withinLimit(limitMs, () => plugin.setup(config, { runtime, dryRun }));
  } catch (error) {
    const fix = 'look at the addresses, the credentials and the network';
    return [{ name: 'set-up', outcome: 'failed', detail: messageOf(error), fix }];
  }
}

/** Of what only the operator may install, in a set-up that writes no files. */
function filesLeft(sink: string): SetupStep {
  const detail = `audit-relay setup ${sink} --out <folder> writes what you install there yourself`;
  return { name: 'files', outcome: 'left alone', detail };
}

function nothingToWrite(sinks: Readonly<Record<string, SinkOptions>>, sink: string | undefined): string {
  const having = Object.keys(sinks).filter((name) => sinks[name]?.plugin.files !== undefined);
  const who = sink === undefined ? 'no sink here has' : `the sink ${sink} (${sinks[sink]?.plugin.type}) has no`;
  return `${who} files to write; ${having.length === 0 ? 'leave --out out' : `--out is for: ${having.join(', ')}`}`;
}

function textOf(title: string, steps: readonly SetupStep[], nothing: string): string {
  const lines = steps.flatMap(({ outcome, name, detail, fix }) => [
    `  ${outcome.padEnd(10)}  ${name}: ${detail}`,
    ...(fix === undefined ? [] : [`              ${fix}`]),
  ]);
  return `${title}\n${(lines.length === 0 ? [`  ${nothing}`] : lines).join('\n')}\n`;
}
