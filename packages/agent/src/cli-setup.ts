/** The part of the command line that prepares peers. */
import { type Command, Option } from 'commander';
import type { Surroundings } from './surroundings.ts';

interface SetupFlags {
  readonly config: string;
  readonly sink?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

/** Adds `setup`; `done` takes the exit code. */
export function addSetup(program: Command, surroundings: Surroundings, done: (code: number) => void): void {
  program
    .command('setup')
    .description('put at the peers what their sinks work best with, such as index templates')
    .addOption(new Option('-c, --config <file>', 'the configuration').default('audit-relay.yaml'))
    .option('--sink <name>', 'this sink alone')
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('--json', 'for a script')
    .action(async ({ config, sink, dryRun, json }: SetupFlags) => {
      const { setup } = await import('./commands/setup.ts');
      const given = { config, dryRun: dryRun === true, json: json === true };
      done(await setup({ ...given, ...(sink === undefined ? {} : { sink }) }, surroundings));
    });
}
