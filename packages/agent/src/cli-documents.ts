/** The part of the command line that is about documents: what becomes of an event, and what a file may say. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { MapOptions } from './commands/map.ts';
import type { ProcessIO } from './process-io.ts';

interface MapFlags {
  readonly format?: 'ecs' | 'ocsf' | 'both';
  readonly explain?: true;
  readonly config?: string;
  readonly relayName: string;
  readonly receivedAt?: number;
  readonly organizationId?: string;
  readonly organizationName?: string;
}

/** Adds `map` and `schema`; `done` takes the exit code. */
export function addDocuments(program: Command, io: ProcessIO, done: (code: number) => void): void {
  program
    .command('map')
    .description('show what becomes of events: NDJSON of the API’s records in, documents out')
    .argument('[file]', 'a record on each line; without it, stdin')
    .addOption(new Option('--format <format>', 'default ecs; both with --explain').choices(['ecs', 'ocsf', 'both']))
    .option('--explain', 'instead of the documents: which field of a record goes where, and which goes nowhere')
    .option('-c, --config <file>', 'redact and normalize as it says')
    .option('--relay-name <name>', 'agent.name', 'audit-relay')
    .option('--received-at <time>', 'when the events were received; default now', timeArgument)
    .option('--organization-id <id>', 'as a source’s organization.id')
    .option('--organization-name <name>', 'as a source’s organization.name')
    .action(async (file: string | undefined, flags: MapFlags) => {
      const { map } = await import('./commands/map.ts');
      const given = { ...mapOptions(flags), ...(file === undefined ? {} : { file }) };
      done(await map(given, io));
    });
  addSchema(program, io, done);
}

function mapOptions(flags: MapFlags): MapOptions {
  const { explain, config, relayName, organizationId: id, organizationName: name } = flags;
  return {
    format: flags.format ?? (explain === true ? 'both' : 'ecs'),
    explain: explain === true,
    ...(config === undefined ? {} : { config }),
    relayName,
    receivedMs: flags.receivedAt ?? Date.now(),
    organization: { ...(id === undefined ? {} : { id }), ...(name === undefined ? {} : { name }) },
  };
}

function addSchema(program: Command, io: ProcessIO, done: (code: number) => void): void {
  const schemaCommand = program
    .command('schema')
    .description('print the JSON Schema of the configuration, for editors')
    .action(async () => {
      const { schema } = await import('./commands/schema.ts');
      done(await schema({ folder: process.cwd() }, io));
    });
  schemaCommand
    .command('events')
    .description('list every type of event that is known, and what becomes of it')
    .option('--json', 'for a script')
    .action(async ({ json }: { json?: true }) => {
      const { schemaEvents } = await import('./commands/schema-events.ts');
      done(schemaEvents({ json: json === true }, io));
    });
}

/** RFC 3339 with its zone, to milliseconds since the epoch. */
function timeArgument(text: string): number {
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i.test(text);
  const ms = isTime ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw new InvalidArgumentError('Expected a time such as 2026-01-01T00:00:00Z.');
  return ms;
}
