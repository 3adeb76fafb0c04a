/**
 * The command line: which commands there are, and what each may be told. What they do is in
 * `commands/`, where a command is loaded when it is the one: `run` waits for nothing that only others need.
 */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { addBackfill } from './cli-backfill.ts';
import { addCompletion } from './cli-completion.ts';
import { addDeadLetters } from './cli-dead-letters.ts';
import { addDocuments } from './cli-documents.ts';
import { addExamples } from './cli-examples.ts';
import { addInit } from './cli-init.ts';
import { addJournal } from './cli-journal.ts';
import { addLooking } from './cli-looking.ts';
import { addReplay } from './cli-replay.ts';
import { addSetup } from './cli-setup.ts';
import { LOG_LEVELS, type LogLevel, parseListen } from './config/schema.ts';
import { parseDuration } from './duration.ts';
import { errorText } from './error-text.ts';
import { EXIT, type ProcessIO, processIO } from './process-io.ts';
import { ROLES, type Role } from './roles.ts';
import { OutputError } from './standard-output.ts';
import { endOnUncaught, talkedOf } from './uncaught.ts';
import { VERSION } from './version.ts';

const DEFAULT_CONFIG = 'audit-relay.yaml';

/** Runs one command. @param args those after the program's name; `io` is this process unless a test has its own. @returns the exit code. */
export async function main(args: readonly string[], io: ProcessIO = wholeProcess()): Promise<number> {
  let code: number = EXIT.done;
  const program = createProgram(io, (outcome) => (code = outcome));
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    // Commander throws this for --help and --version too, with 0.
    if (error instanceof CommanderError) {
      io.talk(misplaced(error, args));
      return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    }
    if (!(error instanceof OutputError)) throw error;
    io.talk(errorText(error));
    return EXIT.failed;
  }
}

/** What nobody catches ends it too, whichever command it is. */
function wholeProcess(): ProcessIO {
  const io = processIO(process);
  endOnUncaught(talkedOf(io));
  return io;
}

/** What else there is to say of words on the command line that stand where they mean nothing. */
function misplaced({ code }: CommanderError, [first = '']: readonly string[]): string {
  if (code === 'commander.unknownOption' && first.startsWith('-')) {
    return 'Options stand behind the command: audit-relay validate --config <file>.\n';
  }
  if (code !== 'commander.excessArguments') return '';
  if (first === 'schema') return 'Behind schema stands nothing, or events.\n';
  return 'A configuration is named with --config <file>, a source with --source, a sink with --sink.\n';
}

/** Every command; nothing runs yet. `done` takes the exit code. */
export function createProgram(io: ProcessIO, done: (code: number) => void): Command {
  const program = new Command('audit-relay')
    .description('Forwards OpenAI organization audit logs to the places where security teams look.')
    .version(VERSION)
    .configureOutput({ writeOut: (text) => io.out(text), writeErr: (text) => io.talk(text) })
    .exitOverride()
    // A configuration that is named without its option would be passed over, and another one read.
    .allowExcessArguments(false)
    .showHelpAfterError('Try --help.')
    .addHelpText('after', '\nExit codes: 0 done, 1 failed, 2 wrong usage, 78 bad configuration.');
  addInit(program, io, done);
  addRun(program, io, done);
  addDemo(program, io, done);
  addQuestions(program, io, done);
  addBackfill(program, io, done);
  addReplay(program, io, done);
  addDocuments(program, io, done);
  addLooking(program, io, done);
  addDeadLetters(program, io, done);
  addJournal(program, io, done);
  addSetup(program, io, done);
  addCompletion(program, io);
  addExamples(program);
  return program;
}

interface RunFlags {
  readonly config: string;
  readonly logLevel?: LogLevel;
  readonly grace: number;
  readonly once?: true;
  readonly patience?: number;
  readonly role?: Role;
  readonly terminationLog?: string;
}

function addRun(program: Command, io: ProcessIO, done: (code: number) => void): void {
  program
    .command('run')
    .description('relay until a signal ends it')
    .addOption(configOption())
    .addOption(logLevelOption())
    .addOption(graceOption())
    .option('--once', 'read up to now, deliver all of it, then end: for cron and CI')
    .option('--patience <duration>', 'with --once: how long an API or a sink may fail (default: 30s)', durationArgument)
    .addOption(
      new Option('--role <role>', 'of a journal that several agents share, this part alone').choices([...ROLES]),
    )
    .option('--termination-log <file>', 'also tells a container’s manager there why it ended')
    .action(async (given: RunFlags) => {
      const { config, logLevel, grace: graceMs, once, patience: patienceMs, role, terminationLog } = given;
      const { run } = await import('./commands/run.ts');
      done(await run({ config, graceMs, ...said({ logLevel, once, patienceMs, role, terminationLog }) }, io));
    });
}

interface DemoFlags {
  readonly dir: string;
  readonly once?: true;
  readonly listen: string;
  readonly from?: string;
  readonly logLevel: LogLevel;
  readonly grace: number;
  readonly events?: number;
  readonly span?: number;
  readonly rate?: number;
  readonly seed?: number;
  readonly sample?: true;
}

function addDemo(program: Command, io: ProcessIO, done: (code: number) => void): void {
  program
    .command('demo')
    .description('show the whole path without any account: a simulated API, the journal, ECS and OCSF files')
    .option('--once', 'read and deliver everything there is, then end')
    .option('--dir <folder>', 'where everything is written; the same folder goes on', './demo-data')
    .option('--listen <address>', 'for the HTTP endpoints', listenArgument, '127.0.0.1:0')
    .option('--events <n>', 'events in the past (default: 2000)', countArgument)
    .option('--span <duration>', 'how far back they reach (default: 7d)', durationArgument)
    .option('--rate <n>', 'live events per second (default: 2)', rateArgument)
    .option('--seed <n>', 'another seed, other events (default: 1)', countArgument)
    .option('--sample', 'also a record of every type and every malformedRecord')
    .option('--from <time>', 'with OPENAI_ADMIN_KEY: read the real API from this time on')
    .addOption(logLevelOption().default('warn'))
    .addOption(graceOption())
    .action(async (flags: DemoFlags) => {
      const { events, span: spanMs, rate, seed, sample, once, grace: graceMs, dir, listen, logLevel, from } = flags;
      // What was not said is the folder's to decide.
      const simulator = said({ events, spanMs, rate, seed, sample });
      const given = { dir, listen, logLevel, graceMs, simulator, once: once === true };
      const { demo } = await import('./commands/demo.ts');
      done(await demo({ ...given, ...(from === undefined ? {} : { from }) }, io));
    });
}

/** Without what is undefined. */
function said<T extends object>(given: { [K in keyof T]: T[K] | undefined }): Partial<T> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Partial<T>;
}

interface StatusFlags {
  readonly config: string;
  readonly journal?: string;
  readonly watch?: true;
  readonly interval?: number;
  readonly json?: true;
}

/** Commands that look and change nothing. */
function addQuestions(program: Command, io: ProcessIO, done: (code: number) => void): void {
  const folder = process.cwd();
  program
    .command('validate')
    .description('name every problem of a configuration, each with its place and its fix')
    .addOption(configOption())
    .option('--online', 'and then ask the API and every peer, as doctor does')
    .addOption(jsonOption())
    .action(async ({ config, json, online }: { config: string; json?: true; online?: true }) => {
      if (online === true) {
        const { doctor } = await import('./commands/doctor.ts');
        const terminal = process.stdout.isTTY === true;
        return done(await doctor({ config, json: json === true, terminal }, io));
      }
      const { validate } = await import('./commands/validate.ts');
      done(await validate({ config, json: json === true }, io));
    });
  program
    .command('status')
    .description('say how far everything is, whether or not the agent runs')
    .addOption(configOption())
    .option('--journal <folder>', 'the journal itself, instead of a configuration')
    .option('--watch', 'again and again, drawn anew on a terminal, until Ctrl-C')
    .option('--interval <duration>', 'with --watch: how often (default: 2s)', durationArgument)
    .addOption(jsonOption())
    .action(async ({ json, watch, interval = 2_000, ...rest }: StatusFlags) => {
      const { status } = await import('./commands/status.ts');
      const watching = watch === true ? { watchMs: Math.max(interval, 100) } : {};
      done(await status({ ...rest, ...watching, json: json === true }, io));
    });
  program
    .command('sinks')
    .description('list the types of sinks, and what installs those that are missing')
    .addOption(jsonOption())
    .action(async ({ json }: { json?: true }) => {
      const { sinks } = await import('./commands/sinks.ts');
      done(sinks({ json: json === true, folder }, io));
    });
}

function configOption(): Option {
  return new Option('-c, --config <file>', 'the configuration').default(DEFAULT_CONFIG);
}

function jsonOption(): Option {
  return new Option('--json', 'for a script');
}

function logLevelOption(): Option {
  return new Option('--log-level <level>', 'how much is logged to stderr').choices(LOG_LEVELS);
}

function graceOption(): Option {
  return new Option('--grace <duration>', 'how long a signal may wait for what is on its way')
    .argParser(durationArgument)
    .default(25_000, '25s');
}

function durationArgument(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError('Expected a duration such as 25s or 7d.');
  return ms;
}

function countArgument(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Expected a whole number.');
  return Number(text);
}

function rateArgument(text: string): number {
  if (!/^\d{1,6}(\.\d+)?$/.test(text)) throw new InvalidArgumentError('Expected a number.');
  return Number(text);
}

function listenArgument(text: string): string {
  if (parseListen(text) === undefined) throw new InvalidArgumentError('Expected an address such as 127.0.0.1:0.');
  return text;
}
