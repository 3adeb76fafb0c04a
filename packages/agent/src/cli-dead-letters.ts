/** The part of the command line that is about what the sinks never took. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ProcessIO } from './process-io.ts';

interface Filters {
  readonly sink?: string;
  readonly source?: string;
  readonly reason?: string;
  readonly type?: string;
  readonly from?: string;
  readonly to?: string;
}

interface LookFlags extends Filters {
  readonly config?: string;
  readonly journal?: string;
  readonly original?: true;
  readonly json?: true;
}

interface ChangeFlags extends Filters {
  readonly config: string;
  readonly all?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

const RETRY_EXIT = `
Ends with 0 when all that can go again is asked to, also when there is nothing.
Records without a usable id reach no sink and never go again: they are passed
over and named (--json: passedOver). Ends with 1 for one that an id names, for
an id that is not kept, and for letters of a sink that is not configured.`;

const DROP_KEEPS = `
The list forgets them; an event itself stays in the journal for its retention.
Of a record without a usable id its hash stays, so that it does not come back.`;

type Done = (code: number) => void;

/** Adds `dead-letters`; `done` takes the exit code. */
export function addDeadLetters(program: Command, io: ProcessIO, done: Done): void {
  const letters = program
    .command('dead-letters')
    .description('what a sink never took, and records that are no event: list, show, export, retry, drop');
  addList(letters, io, done);
  addShow(letters, io, done);
  addExport(letters, io, done);
  const retry = letters.command('retry').description('send them again, by the present mapping and configuration');
  retry.addHelpText('after', RETRY_EXIT);
  addChange(retry, 'retry', { io, done });
  const drop = letters.command('drop').description('forget them for good; `status` counts how many');
  drop.addHelpText('after', DROP_KEEPS);
  addChange(drop, 'drop', { io, done });
}

function addList(letters: Command, io: ProcessIO, done: Done): void {
  withLook(letters.command('list').description('say which there are, and why'))
    .option('--limit <n>', 'how many are shown; with --json all are', countArgument, 50)
    .action(async ({ limit, ...flags }: LookFlags & { readonly limit: number }) => {
      const { list } = await import('./commands/dead-letters.ts');
      done(await list({ ids: [], limit, ...look(flags) }, io));
    });
}

function addShow(letters: Command, io: ProcessIO, done: Done): void {
  withOriginal(withLook(letters.command('show').description('show all of them, with event and document')))
    .argument('[id...]', 'as list and the log name them, such as siem/12')
    .action(async (ids: readonly string[], flags: LookFlags) => {
      const { show } = await import('./commands/dead-letters.ts');
      done(await show({ ids, ...look(flags) }, io));
    });
}

function addExport(letters: Command, io: ProcessIO, done: Done): void {
  withOriginal(withLook(letters.command('export').description('write all of them as NDJSON, with event and document')))
    .argument('[id...]', 'as list and the log name them; default all')
    .option('--out <file>', 'a new file; default stdout')
    .action(async (ids: readonly string[], { out, ...flags }: LookFlags & { readonly out?: string }) => {
      const { exportDeadLetters } = await import('./commands/dead-letters.ts');
      done(await exportDeadLetters({ ids, ...look(flags), ...(out === undefined ? {} : { out }) }, io));
    });
}

function addChange(
  command: Command,
  action: 'retry' | 'drop',
  { io, done }: { readonly io: ProcessIO; readonly done: Done },
): void {
  withFilters(command)
    .argument('[id...]', 'as list and the log name them, such as siem/12')
    .option('--all', 'every one')
    .option('--dry-run', 'say how many, and change nothing')
    .addOption(new Option('-c, --config <file>', 'the configuration').default('audit-relay.yaml'))
    .option('--json', 'for a script')
    .action(async (ids: readonly string[], { all, dryRun, json, ...rest }: ChangeFlags) => {
      const { changeDeadLetters } = await import('./commands/dead-letters.ts');
      const flags = { all: all === true, dryRun: dryRun === true, json: json === true };
      done(await changeDeadLetters({ ids, action, ...rest, ...flags }, io));
    });
}

function look({ original, json, ...rest }: LookFlags): Omit<LookFlags, 'original' | 'json'> & {
  readonly original: boolean;
  readonly json: boolean;
} {
  return { ...rest, original: original === true, json: json === true };
}

function withFilters(command: Command): Command {
  return command
    .option('--sink <name>', 'of this sink')
    .option('--source <name>', 'of this source')
    .option(
      '--reason <text>',
      'whose reason has this in it, or of a kind: rejected, too_large, undeliverable, unusable',
    )
    .option('--type <type>', 'of events of this type; login.* of all that begin so')
    .option('--from <time>', 'set aside since then: 2026-01-01T00:00:00Z, 2026-01-01, or how long ago, such as 2h')
    .option('--to <time>', 'set aside before then');
}

function withLook(command: Command): Command {
  return withFilters(command)
    .option('-c, --config <file>', 'the configuration; default audit-relay.yaml')
    .option('--journal <folder>', 'another journal than the configuration’s')
    .option('--json', 'for a script: all that is known');
}

function withOriginal(command: Command): Command {
  return command.option('--original', 'redact nothing');
}

function countArgument(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Expected a whole number.');
  return Number(text);
}
