/** The part of the command line that prepares peers. */
import { type Command, Option } from 'commander';
import { EXIT, type ProcessIO } from './process-io.ts';

interface SetupFlags {
  readonly config: string;
  readonly sink?: string;
  readonly out?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

/** Adds `setup`; `done` takes the exit code. */
export function addSetup(program: Command, io: ProcessIO, done: (code: number) => void): void {
  program
    .command('setup [sink]')
    .description('put at the peers what their sinks work best with, such as index templates')
    .addOption(new Option('-c, --config <file>', 'the configuration').default('audit-relay.yaml'))
    .option('--sink <name>', 'this sink alone, or those of this type')
    .option('--out <folder>', 'write what you install at the peers yourself, such as a Splunk add-on, and ask no peer')
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('--json', 'for a script')
    .action(async (word: string | undefined, { config, sink = word, out, dryRun, json }: SetupFlags) => {
      if (word !== undefined && sink !== word) {
        io.talk(`Two sinks are named: ${word}, and ${sink} with --sink.\n`);
        return done(EXIT.usage);
      }
      const { setup } = await import('./commands/setup.ts');
      const named = { ...(sink === undefined ? {} : { sink }), ...(out === undefined ? {} : { out }) };
      done(await setup({ config, dryRun: dryRun === true, json: json === true, ...named }, io));
    });
}
