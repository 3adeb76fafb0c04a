/** The part of the command line that reads the past. */
import { type Command, Option } from 'commander';
import type { ProcessIO } from './process-io.ts';

interface BackfillFlags {
  readonly config: string;
  readonly from: string;
  readonly to?: string;
  readonly source?: string;
  readonly again?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

/** Adds `backfill`; `done` takes the exit code. */
export function addBackfill(program: Command, io: ProcessIO, done: (code: number) => void): void {
  program
    .command('backfill')
    .description('read a time of the past, by the agent that runs or by itself')
    .requiredOption('--from <time>', 'its begin: 2026-01-01T00:00:00Z, 2026-01-01, or how long ago, such as 90d')
    .option('--to <time>', 'its end; default now')
    .option('--source <name>', 'of which source; may be left out where there is one')
    .option('--again', 'what is journaled goes out once more, marked as replay')
    .option('--dry-run', 'say what would be done, and do nothing')
    .addOption(new Option('-c, --config <file>', 'the configuration').default('audit-relay.yaml'))
    .option('--json', 'for a script: how it ended, as JSON')
    .action(async ({ again, dryRun, json, ...rest }: BackfillFlags) => {
      const { backfill } = await import('./commands/backfill.ts');
      const flags = { again: again === true, dryRun: dryRun === true, json: json === true };
      done(await backfill({ ...rest, ...flags }, io));
    });
}
