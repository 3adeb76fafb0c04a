/** `audit-relay journal adopt`: a person's word that a source reads the log whose progress stands in the journal. */
import { resolve } from 'node:path';
import { adoptSources } from '@audit-relay/core';
import { quietLog, unknownName } from '../asking.ts';
import { problemList } from '../config/problems.ts';
import { isGood, readConfig } from '../config/read.ts';
import { systemRuntime } from '../runtime.ts';
import { codeOf, messageOf } from '../stopping.ts';
import { EXIT, type Surroundings } from '../surroundings.ts';

/** What the command line said. */
export interface AdoptOptions {
  readonly config: string;
  /** Absent: the only one. */
  readonly source?: string;
}

/** Resolves with the exit code. */
export async function adopt(options: AdoptOptions, surroundings: Surroundings): Promise<number> {
  const reading = await readConfig(options.config, surroundings.env);
  if (!isGood(reading)) {
    surroundings.talk(problemList(reading.problems));
    return EXIT.badConfig;
  }
  const { sources, journal } = reading.config;
  const names = Object.keys(sources);
  const name = options.source ?? (names.length === 1 ? names[0] : undefined);
  const source = name === undefined ? undefined : sources[name];
  if (name === undefined || source === undefined) {
    const problem =
      name === undefined ? `say which with --source: ${names.join(', ')}` : unknownName('source', name, names);
    surroundings.talk(`${problem}\n`);
    return EXIT.usage;
  }
  const { log } = quietLog(reading, surroundings);
  try {
    await adoptSources({ journal, sources: { [name]: source }, runtime: systemRuntime(log) });
    surroundings.talk(`${name} goes on from what is read of it in ${resolve(journal.path)}\n`);
    return EXIT.done;
  } catch (error) {
    surroundings.talk(`${codeOf(error) ?? 'UNCAUGHT'}: ${messageOf(error)}\n`);
    return EXIT.failed;
  }
}
