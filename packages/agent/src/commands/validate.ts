/** `audit-relay validate`: every problem of a configuration at once, without connecting to anything. */
import { problemList } from '../config/problems.ts';
import { readConfig } from '../config/read.ts';
import { rulesOf, ruleText } from '../exclusions.ts';
import { EXIT, type ProcessIO } from '../process-io.ts';

/** What the command line said. */
export interface ValidateOptions {
  readonly config: string;
  readonly json: boolean;
}

/** Resolves with the exit code: 0 with warnings alone. */
export async function validate({ config: file, json }: ValidateOptions, io: ProcessIO): Promise<number> {
  const { config, problems } = await readConfig(file, io);
  const exclusions = rulesOf(config?.sinks ?? {});
  const told = config === undefined ? {} : { exclusions };
  if (json) io.out(`${JSON.stringify({ valid: config !== undefined, problems, ...told }, null, 2)}\n`);
  else io.talk(problemList(problems));
  if (config === undefined) return EXIT.badConfig;
  const count = (of: object): number => Object.keys(of).length;
  if (json) return EXIT.done;
  io.out(`${file} is valid: ${count(config.sources)} source(s), ${count(config.sinks)} sink(s)\n`);
  for (const rule of exclusions) io.out(`${ruleText(rule)}\n`);
  return EXIT.done;
}
