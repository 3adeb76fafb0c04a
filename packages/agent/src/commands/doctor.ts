/**
 * `audit-relay doctor`: looks at everything a relay needs, from the configuration to the peers, and says of each
 * whether it is well and what to do. It writes nothing but a test event that is asked for, and may run beside an agent.
 */
import { resolve } from 'node:path';
import type { SinkOptions } from '@audit-relay/core';
import type { Check } from '@audit-relay/sink';
import { type QuietLog, quietLog, unknownName, without } from '../asking.ts';
import { isEmbedded, nameOf } from '../config/journal.ts';
import { type GoodReading, isGood, type Reading, readConfig } from '../config/read.ts';
import type { Finding } from '../doctor/finding.ts';
import { journalChecks, peerChecks } from '../doctor/journal.ts';
import { linesOf, totals } from '../doctor/report.ts';
import { sinkChecks } from '../doctor/sink.ts';
import { sourceChecks } from '../doctor/source.ts';
import { startChecks } from '../doctor/start.ts';
import { testEvent } from '../doctor/test-event.ts';
import { rulesOf } from '../exclusions.ts';
import { EXIT, type ProcessIO } from '../process-io.ts';
import { systemRuntime } from '../runtime.ts';
import { sinkContext } from '../sink-context.ts';

/** What the command line said. */
export interface DoctorOptions {
  /** Path of the YAML file. */
  readonly config: string;
  /** With one of these nothing else is looked at. */
  readonly source?: string;
  readonly sink?: string;
  /** Whether each sink that takes test events gets one; default false. */
  readonly sendTestEvent?: boolean;
  readonly json: boolean;
  /** Whether a human reads stdout. */
  readonly terminal: boolean;
  /** How long one sink may take, in milliseconds; half a minute unless a test says otherwise. */
  readonly limitMs?: number;
}

const LIMIT_MS = 30_000;

/** Resolves with the exit code: 1 when something failed, 78 when that was the configuration. */
export async function doctor(options: DoctorOptions, io: ProcessIO): Promise<number> {
  const reading = await readConfig(options.config, io);
  const unknown = isGood(reading) ? unknownAmong(options, reading) : undefined;
  if (unknown !== undefined) {
    io.talk(`${unknown}\n`);
    return EXIT.usage;
  }
  const findings: Finding[] = [];
  for await (const finding of examine(options, reading, quietLog(reading, io))) {
    const text = options.json ? '' : linesOf(finding, findings.at(-1), options.terminal);
    io.out(without(reading.secrets, text));
    findings.push(finding);
  }
  if (options.json) io.out(without(reading.secrets, `${JSON.stringify(findings, null, 2)}\n`));
  io.talk(totals(findings));
  if (!isGood(reading)) return EXIT.badConfig;
  return findings.some(({ verdict }) => verdict === 'fail') ? EXIT.failed : EXIT.done;
}

function unknownAmong({ source, sink }: DoctorOptions, { config }: GoodReading): string | undefined {
  const [sources, sinks] = [Object.keys(config.sources), Object.keys(config.sinks)];
  if (source !== undefined && !sources.includes(source)) return unknownName('source', source, sources);
  if (sink !== undefined && !sinks.includes(sink)) return unknownName('sink', sink, sinks);
  return undefined;
}

/** One thing that is looked at; its findings come as they are known. */
interface Part extends Pick<Finding, 'about' | 'of'> {
  checks(): AsyncIterable<Check> | Promise<readonly Check[]>;
}

async function* examine(options: DoctorOptions, reading: Reading, log: QuietLog): AsyncGenerator<Finding> {
  for (const { about, of, checks } of partsOf(options, reading, log)) {
    for await (const check of await checks()) yield { about, of, ...check };
  }
}

/** In the order of the path; with a configuration that is not good there is nothing else to look at. */
function partsOf(options: DoctorOptions, reading: Reading, log: QuietLog): readonly Part[] {
  const { config: file, source, sink, sendTestEvent = false, limitMs = LIMIT_MS } = options;
  const configuration: Part = { about: 'configuration', of: file, checks: async () => configurationChecks(reading) };
  if (!isGood(reading)) return [configuration];
  const { sources, journal, sinks, ...documents } = reading.config;
  const isAll = source === undefined && sink === undefined;
  return [
    configuration,
    ...(isAll ? [{ about: 'start', of: file, checks: () => startChecks(reading.config, log) } as const] : []),
    ...Object.entries(sources)
      .filter(([name]) => isAll || name === source)
      .map(([of, config]): Part => ({ about: 'source', of, checks: () => sourceChecks(config, log) })),
    ...(isAll ? [{ about: 'journal', of: nameOf(journal), checks: () => checksOfJournal(journal, log) } as const] : []),
    ...Object.entries(sinks)
      .filter(([name]) => isAll || name === sink)
      .map(([of, options]): Part => {
        const context = sinkContext(of, options, log);
        const event = sendTestEvent ? testEvent(documents, context.now()) : undefined;
        return {
          about: 'sink',
          of,
          checks: async () => [
            ...exclusionChecks(of, options),
            ...(await sinkChecks(options, { context, limitMs, event })),
          ],
        };
      }),
  ];
}

function checksOfJournal(journal: GoodReading['config']['journal'], { log }: QuietLog): Promise<readonly Check[]> {
  return isEmbedded(journal) ? journalChecks(resolve(journal.path), journal) : peerChecks(journal, systemRuntime(log));
}

/** What will not arrive though all is well. */
function exclusionChecks(sink: string, options: SinkOptions): readonly Check[] {
  return rulesOf({ [sink]: options }).map(({ events }) => {
    return { name: 'exclusions', verdict: 'ok', detail: `excludes ${events}: counted, and never sent` };
  });
}

/** As `validate` has them. */
function configurationChecks({ config, problems }: Reading): readonly Check[] {
  const found = problems.map(({ level, code, line, column, path, expected, fix }): Check => {
    const place = `line ${line}, column ${column}${path === '' ? '' : `, ${path}`}`;
    const verdict = level === 'error' ? 'fail' : 'warn';
    return {
      name: code,
      verdict,
      detail: `${place}: ${expected}`,
      fix: fix ?? 'mend it there; docs/CONFIG.md has every key',
    };
  });
  if (config === undefined) return found;
  const count = (of: object): number => Object.keys(of).length;
  const detail = `${count(config.sources)} source(s), ${count(config.sinks)} sink(s)`;
  return [{ name: 'valid', verdict: 'ok', detail }, ...found];
}
