/** The part of the command line that looks closely: at everything a relay needs, and at one event. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { parsePoint } from './point-in-time.ts';
import type { ProcessIO } from './process-io.ts';

interface DoctorFlags {
  readonly config: string;
  readonly source?: string;
  readonly sink?: string;
  readonly sendTestEvent?: true;
  readonly json?: true;
}

interface GetFlags {
  readonly config?: string;
  readonly journal?: string;
  readonly format: 'raw' | 'ecs' | 'ocsf';
  readonly original?: true;
  readonly json?: true;
}

/** Adds `doctor`, `get` and `tail`; `done` takes the exit code. */
export function addLooking(program: Command, io: ProcessIO, done: (code: number) => void): void {
  program
    .command('doctor')
    .description('say of the configuration, the API, the journal and every peer whether it is well, and what to do')
    .addOption(new Option('-c, --config <file>', 'the configuration').default('audit-relay.yaml'))
    .option('--source <name>', 'this source alone')
    .option('--sink <name>', 'this sink alone')
    .option('--send-test-event', 'and deliver one event, marked as a test, to each sink that takes such')
    .option('--json', 'for a script')
    .action(async ({ json, sendTestEvent, ...rest }: DoctorFlags) => {
      const { doctor } = await import('./commands/doctor.ts');
      const terminal = process.stdout.isTTY === true;
      const flags = { sendTestEvent: sendTestEvent === true, json: json === true, terminal };
      done(await doctor({ ...rest, ...flags }, io));
    });
  addGet(program, io, done);
  addTail(program, io, done);
}

interface TailFlags {
  readonly config?: string;
  readonly journal?: string;
  readonly sink?: string;
  readonly where?: string;
  readonly since?: number;
  readonly format: 'raw' | 'ecs' | 'ocsf';
  readonly original?: true;
  readonly json?: true;
}

function addTail(program: Command, io: ProcessIO, done: (code: number) => void): void {
  program
    .command('tail')
    .description('show events as they are journaled, or as a sink takes them, until Ctrl-C; redacted as configured')
    .option('-c, --config <file>', 'the configuration; default audit-relay.yaml')
    .option('--journal <folder>', 'another journal than the configuration’s')
    .option('--sink <name>', 'what this sink takes, while an agent runs')
    .option('--where <expression>', 'only those, in the language of `when`')
    .option('--since <time>', 'what is held of this time first: 2h, 2026-01-01', pointArgument)
    .addOption(
      new Option('--format <format>', 'with --json: as which document').choices(['raw', 'ecs', 'ocsf']).default('raw'),
    )
    .option('--original', 'redact nothing')
    .option('--json', 'a line of JSON for each')
    .action(async ({ original, json, since, ...rest }: TailFlags) => {
      const { tail } = await import('./commands/tail.ts');
      const from = since === undefined ? {} : { sinceSeconds: since };
      done(await tail({ ...rest, ...from, original: original === true, json: json === true }, io));
    });
}

function pointArgument(text: string): number {
  const seconds = parsePoint(text, Date.now());
  if (seconds === undefined)
    throw new InvalidArgumentError('Expected a time such as 2026-01-01, or how long ago, such as 2h.');
  return seconds;
}

function addGet(program: Command, io: ProcessIO, done: (code: number) => void): void {
  program
    .command('get')
    .description('show one event of the journal, redacted as the configuration says')
    .argument('<id>', 'the event’s own')
    .option('-c, --config <file>', 'the configuration; default audit-relay.yaml')
    .option('--journal <folder>', 'another journal than the configuration’s')
    .addOption(new Option('--format <format>', 'as which document').choices(['raw', 'ecs', 'ocsf']).default('raw'))
    .option('--original', 'redact nothing')
    .option('--json', 'for a script: with source, feed and time of receipt')
    .action(async (id: string, { original, json, ...rest }: GetFlags) => {
      const { get } = await import('./commands/get.ts');
      done(await get({ id, ...rest, original: original === true, json: json === true }, io));
    });
}
