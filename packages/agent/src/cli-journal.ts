/** The part of the command line by which a person tells the journal what it cannot know. */
import { type Command, Option } from 'commander';
import type { ProcessIO } from './process-io.ts';

interface ExportFlags {
  readonly config?: string;
  readonly journal?: string;
  readonly from?: string;
  readonly to?: string;
  readonly source?: string;
  readonly out?: string;
  readonly salvage?: true;
  readonly original?: true;
}

type Done = (code: number) => void;

interface AdoptFlags {
  readonly config: string;
  readonly source?: string;
}

/** Adds `journal`; `done` takes the exit code. */
export function addJournal(program: Command, io: ProcessIO, done: (code: number) => void): void {
  const journal = program
    .command('journal')
    .description('look after the journal: check, compact, export; or tell it what it cannot know: adopt, restored');
  addCheck(journal, io, done);
  addCompact(journal, io, done);
  addExport(journal, io, done);
  journal
    .command('adopt')
    .description(
      'say that a source reads the same log as before, though its dialect, organization, URL or key has changed',
    )
    .option('--source <name>', 'which one; may be left out where there is one')
    .addOption(new Option('-c, --config <file>', 'the configuration').default('audit-relay.yaml'))
    .action(async (flags: AdoptFlags) => {
      const { adopt } = await import('./commands/journal.ts');
      done(await adopt(flags, io));
    });
  journal
    .command('restored')
    .description(
      'say that the journal is an older copy, such as a snapshot of its disk: what may have been sent goes out as replay',
    )
    .addOption(new Option('-c, --config <file>', 'the configuration').default('audit-relay.yaml'))
    .action(async (flags: { readonly config: string }) => {
      const { restored } = await import('./commands/journal.ts');
      done(await restored(flags, io));
    });
}

function addCheck(journal: Command, io: ProcessIO, done: Done): void {
  journal
    .command('check')
    .description('read all of it, every entry too, and say whether it is whole; beside an agent too. Exit 1: it is not')
    .option('-c, --config <file>', 'the configuration; default audit-relay.yaml')
    .option('--journal <folder>', 'another journal than the configuration’s')
    .option('--json', 'for a script')
    .addHelpText('after', '\nExample: audit-relay journal check --journal /var/lib/audit-relay/journal --json')
    .action(async ({ json, ...rest }: { config?: string; journal?: string; json?: true }) => {
      const { check } = await import('./commands/journal-care.ts');
      done(await check({ ...rest, json: json === true }, io));
    });
}

function addCompact(journal: Command, io: ProcessIO, done: Done): void {
  journal
    .command('compact')
    .description('give disk space back that the file no longer needs; not while an agent runs')
    .addOption(new Option('-c, --config <file>', 'the configuration').default('audit-relay.yaml'))
    .addHelpText('after', '\nExample: audit-relay journal compact --config /etc/audit-relay/audit-relay.yaml')
    .action(async (flags: { readonly config: string }) => {
      const { compact } = await import('./commands/journal-care.ts');
      done(await compact(flags, io));
    });
}

function addExport(journal: Command, io: ProcessIO, done: Done): void {
  journal
    .command('export')
    .description(
      'write the events that it holds as NDJSON, each as the API gave it but for what is redacted; beside an agent too',
    )
    .option('--from <time>', 'that happened since then: 2026-01-01T00:00:00Z, 2026-01-01, or how long ago, such as 2h')
    .option('--to <time>', 'that happened before then')
    .option('--source <name>', 'of this source')
    .option('--out <file>', 'a new file; default stdout')
    .option('--salvage', 'of a damaged journal: whatever can be read, in no order; some may come twice')
    .option('--original', 'redact nothing')
    .option('-c, --config <file>', 'the configuration; default audit-relay.yaml')
    .option('--journal <folder>', 'another journal than the configuration’s')
    .addHelpText(
      'after',
      '\nExample: audit-relay journal export --from 2026-01-01 --to 2026-02-01 --out january.ndjson',
    )
    .action(async ({ salvage, original, ...rest }: ExportFlags) => {
      const { exportEntries } = await import('./commands/journal-care.ts');
      const flags = { ...rest, salvage: salvage === true, original: original === true };
      done(await exportEntries(flags, io));
    });
}
