/**
 * `audit-relay get <id>`: one event, from the journal, whether or not an agent runs on it; where the API can be
 * asked for a single event, from there after that. Redacted as the configuration says.
 */
import { createMapper, readJournal } from '@audit-relay/core';
import { quietLog } from '../asking.ts';
import type { Reading } from '../config/read.ts';
import { deadLetterItem } from '../dead-letters/item.ts';
import { doctorOf } from '../doctor/source.ts';
import { errorText } from '../error-text.ts';
import { chooseJournal, type JournalChoice } from '../journal-reading.ts';
import { EXIT, type ProcessIO } from '../process-io.ts';
import { VERSION } from '../version.ts';

/** What the command line said. */
export interface GetOptions extends JournalChoice {
  readonly id: string;
  readonly format: 'raw' | 'ecs' | 'ocsf';
  readonly json: boolean;
}

/** An event, wherever it came from. */
interface Shown {
  readonly raw: string;
  readonly receivedMs: number;
  readonly organization?: { readonly id?: string; readonly name?: string };
  readonly source: string;
  /** Absent: the API gave it just now. */
  readonly feed?: string;
}

/** Resolves with the exit code: 1 when it is not there. A variable that is not set in this shell is no hindrance. */
export async function get(options: GetOptions, io: ProcessIO): Promise<number> {
  const chosen = await chooseJournal(options, io);
  if (chosen === undefined) return EXIT.badConfig;
  const { path, reading } = chosen;
  try {
    const held = await fromJournal(path, options, io);
    const found = held ?? (await fromApi(options, reading, io));
    return found === undefined ? EXIT.failed : show(found, { ...options, reading }, io);
  } catch (error) {
    io.talk(errorText(error));
    return EXIT.failed;
  }
}

async function fromJournal(path: string, { id }: GetOptions, io: ProcessIO): Promise<Shown | undefined> {
  const reader = await readJournal(path);
  try {
    const found = await reader.find(id);
    const letters = reader.lettersOf(id).map(deadLetterItem);
    for (const { head } of letters) {
      io.talk(`dead letter ${head.id}, ${head.kind}: audit-relay dead-letters show ${head.id}\n`);
    }
    if (found.kind === 'entry') return found.entry;
    // What has left the journal may be kept as a dead letter.
    const kept = letters.find(({ entry }) => entry !== undefined)?.entry;
    if (kept !== undefined) return kept;
    io.talk(found.kind === 'left' ? `${id} ${LEFT}\n` : `${id} ${UNKNOWN}\n`);
    return undefined;
  } finally {
    await reader.close();
  }
}

const LEFT =
  'was journaled and has left since: journal.retention is over, or journal.max_bytes needed its room. The sinks have it.';
const UNKNOWN =
  'is not in the journal. It left long ago, as journal.retention says; or it never came: it happened before the start of its feed, ' +
  'it is of another organization, the filters of the source exclude it, or the API does not show it yet. See audit-relay status.';

/** Only the older dialect can be asked for a single event; the first source that has it. */
async function fromApi({ id }: GetOptions, reading: Reading | undefined, io: ProcessIO): Promise<Shown | undefined> {
  if (reading === undefined) return undefined;
  for (const [source, config] of Object.entries(reading.config?.sources ?? {})) {
    const doctor = doctorOf(config, quietLog(reading, io));
    const answer = await doctor.record(id, new AbortController().signal);
    await doctor.close();
    if (answer.kind === 'absent') io.talk(`The API of source ${source} does not have it either.\n`);
    if (answer.kind === 'fault') io.talk(`source ${source}: ${answer.problem}\n`);
    if (answer.kind !== 'record') continue;
    const { organization } = config;
    return { raw: answer.raw, receivedMs: Date.now(), source, ...(organization === undefined ? {} : { organization }) };
  }
  return undefined;
}

/** The document goes to stdout, what is known about it to stderr; with `json` both to stdout, on one line. */
function show(
  shown: Shown,
  { format, original, json, reading }: GetOptions & { readonly reading: Reading | undefined },
  io: ProcessIO,
): number {
  const { source, feed, receivedMs, organization } = shown;
  const normalization = reading?.normalization;
  const mapped = createMapper({
    identity: { name: reading?.config?.name ?? 'audit-relay', version: VERSION },
    receivedMs,
    ...(organization === undefined ? {} : { organization }),
    ...(normalization === undefined
      ? {}
      : { normalization: original ? { ...normalization, redact: [] } : normalization }),
  })(shown.raw);
  if (mapped.kind === 'no_event') {
    io.talk(`${mapped.reason}\n`);
    return EXIT.failed;
  }
  const { id, type } = mapped;
  const known = {
    id,
    type,
    source,
    ...(feed === undefined ? {} : { feed }),
    received: new Date(receivedMs).toISOString(),
  };
  if (json) io.out(`${JSON.stringify(known).slice(0, -1)},"document":${mapped.document(format)}}\n`);
  else {
    const where = feed === undefined ? `from the API of source ${source}` : `source ${source}, feed ${feed}`;
    io.talk(`${JSON.stringify(type)}, ${where}, received ${known.received}\n`);
    io.out(`${mapped.document(format)}\n`);
  }
  return EXIT.done;
}
