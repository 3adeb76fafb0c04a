/** The part of the command line that sends to one sink again what the journal holds. */
import { type Command, Option } from 'commander';
import { EXIT, type ProcessIO } from './process-io.ts';

interface ReplayFlags {
  readonly sink: string;
  readonly config: string;
  readonly from?: string;
  readonly to?: string;
  readonly overwrite?: true;
  readonly stop?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

const HELP = `
What the journal still holds of the time goes out again as it is now: by the present mapping, format and \`when\`, marked
as a replay. A time is that of the event: --from is included, --to is not. What the sink has not been sent yet goes out by
itself. Other sinks, and how far this one is, stay as they are; what comes in goes on meanwhile. An order that a restart or
a kill -9 interrupts goes on at the next start.

Examples:
  audit-relay replay --sink siem --from 7d --dry-run        how much there is, and what has left the journal
  audit-relay replay --sink siem --from 2026-03-01          after a new mapping, or an index that was lost
  audit-relay replay --sink siem --from 2026-03-01T08:00:00Z --to 2026-03-01T09:00:00Z --overwrite
  audit-relay replay --sink siem --stop                     ends the one under way where it stands

Exit codes: 0 done, 1 interrupted, held up by the sink, or not all of it was left to be sent; 2 wrong usage.`;

/** Adds `replay`; `done` takes the exit code. */
export function addReplay(program: Command, io: ProcessIO, done: (code: number) => void): void {
  program
    .command('replay')
    .description('send to one sink again what the journal holds of a time, by the present mapping')
    .requiredOption('--sink <name>', 'to which sink')
    .option('--from <time>', 'its begin: 2026-01-01T00:00:00Z, 2026-01-01, or how long ago, such as 90d')
    .option('--to <time>', 'its end, not included; default now')
    .option('--overwrite', 'replace what the sink holds of it, where it can: Elasticsearch with mode: index')
    .option('--stop', 'end the replay under way')
    .option('--dry-run', 'say how much it would be, and do nothing')
    .addOption(new Option('-c, --config <file>', 'the configuration').default('audit-relay.yaml'))
    .option('--json', 'for a script: how it ended, as JSON')
    .addHelpText('after', HELP)
    .action(async (flags: ReplayFlags) => done(await carryOut(flags, io)));
}

async function carryOut(flags: ReplayFlags, io: ProcessIO): Promise<number> {
  const { sink, config, from, to, overwrite, stop, dryRun } = flags;
  const json = flags.json === true;
  const { replay, stopReplay } = await import('./commands/replay.ts');
  const others = [from, to, overwrite, dryRun].filter((flag) => flag !== undefined);
  if (stop === true && others.length === 0) return stopReplay({ sink, config, json }, io);
  if (stop === true || from === undefined) {
    io.talk('Say --from, and --to where it ends before now; or --stop alone. Try --help.\n');
    return EXIT.usage;
  }
  const wanted = { sink, from, ...(to === undefined ? {} : { to }), overwrite: overwrite === true };
  return replay({ ...wanted, config, json, dryRun: dryRun === true }, io);
}
