/**
 * `audit-relay journal adopt` and `journal restored`: a person's word about what the journal cannot know. Not while an
 * agent runs on it.
 */
import { resolve } from 'node:path';
import { adoptSources, markRestored, type Runtime } from '@audit-relay/core';
import { quietLog, unknownName } from '../asking.ts';
import { embeddedOf } from '../config/journal.ts';
import { problemList } from '../config/problems.ts';
import { type GoodReading, isGood, readConfig } from '../config/read.ts';
import { errorText } from '../error-text.ts';
import { EXIT, type ProcessIO } from '../process-io.ts';
import { systemRuntime } from '../runtime.ts';

/** What the command line said. */
export interface AdoptOptions {
  readonly config: string;
  /** Absent: the only one. */
  readonly source?: string;
}

/** Resolves with the exit code. */
export async function adopt(options: AdoptOptions, io: ProcessIO): Promise<number> {
  const reading = await readConfig(options.config, io);
  if (!isGood(reading)) {
    io.talk(problemList(reading.problems));
    return EXIT.badConfig;
  }
  const { sources } = reading.config;
  const names = Object.keys(sources);
  const name = options.source ?? (names.length === 1 ? names[0] : undefined);
  const source = name === undefined ? undefined : sources[name];
  if (name === undefined || source === undefined) {
    const problem =
      name === undefined ? `say which with --source: ${names.join(', ')}` : unknownName('source', name, names);
    io.talk(`${problem}\n`);
    return EXIT.usage;
  }
  return tell(reading, io, async (runtime) => {
    const journal = embeddedOf(reading.config.journal);
    await adoptSources({ journal, sources: { [name]: source }, runtime });
    return `${name} goes on from what is read of it in ${resolve(journal.path)}`;
  });
}

/** Resolves with the exit code. */
export async function restored({ config }: Pick<AdoptOptions, 'config'>, io: ProcessIO): Promise<number> {
  const reading = await readConfig(config, io);
  if (!isGood(reading)) {
    io.talk(problemList(reading.problems));
    return EXIT.badConfig;
  }
  return tell(reading, io, async (runtime) => {
    const journal = embeddedOf(reading.config.journal);
    await markRestored(journal, runtime);
    return `what ${resolve(journal.path)} holds, and what happened before the next start, goes out as replay`;
  });
}

/** Gives the word, and says so. */
async function tell(reading: GoodReading, io: ProcessIO, word: (runtime: Runtime) => Promise<string>): Promise<number> {
  const { log } = quietLog(reading, io);
  try {
    io.talk(`${await word(systemRuntime(log))}\n`);
    return EXIT.done;
  } catch (error) {
    io.talk(errorText(error));
    return EXIT.failed;
  }
}
