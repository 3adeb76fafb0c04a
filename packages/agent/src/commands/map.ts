/** `audit-relay map`: what becomes of events, a line of NDJSON in, a line out, without a journal or a peer. */
import { createReadStream } from 'node:fs';
import { createMapper } from '@audit-relay/core';
import { aboutDocuments, problemList } from '../config/problems.ts';
import { readConfig } from '../config/read.ts';
import { explain } from '../explain.ts';
import { linesOf } from '../lines.ts';
import { EXIT, type ProcessIO } from '../process-io.ts';
import { messageOf } from '../stopping.ts';
import { VERSION } from '../version.ts';

/** What the command line said. */
export interface MapOptions {
  /** Absent: stdin. */
  readonly file?: string;
  readonly format: 'ecs' | 'ocsf' | 'both';
  readonly explain: boolean;
  /** Absent: nothing is redacted. */
  readonly config?: string;
  /** `agent.name` in ECS. */
  readonly relayName: string;
  /** When the events were received, in milliseconds since the epoch. */
  readonly receivedMs: number;
  readonly organization: { readonly id?: string; readonly name?: string };
}

type Mapper = ReturnType<typeof createMapper>;

/** Resolves with the exit code: 1 when a line was no event; the others are mapped all the same. */
export async function map(options: MapOptions, io: ProcessIO): Promise<number> {
  const reading = options.config === undefined ? undefined : await readConfig(options.config, io);
  const problems = aboutDocuments(reading?.problems ?? []);
  if (problems.length > 0) {
    io.talk(problemList(problems));
    return EXIT.badConfig;
  }
  const { relayName, receivedMs, organization } = options;
  const map = createMapper({
    identity: { name: relayName, version: VERSION },
    receivedMs,
    ...(Object.keys(organization).length === 0 ? {} : { organization }),
    ...(reading?.normalization === undefined ? {} : { normalization: reading.normalization }),
  });
  if (options.explain) io.talk('→ carries the value   ~ depends on it   dropped: in no field\n');
  try {
    return await mapLines(options, map, io);
  } catch (error) {
    io.talk(`${options.file ?? 'stdin'}: ${messageOf(error)}\n`);
    return EXIT.failed;
  }
}

/** As fast as they are read: nothing is kept of a line that is done. */
async function mapLines(options: MapOptions, map: Mapper, io: ProcessIO): Promise<number> {
  const input = options.file === undefined ? io.input() : createReadStream(options.file);
  let number = 0;
  let code: number = EXIT.done;
  for await (const line of linesOf(input)) {
    number += 1;
    if (line.trim() === '') continue;
    const shown = show(line.trim(), options, map);
    if (typeof shown === 'string') io.out(shown);
    else {
      io.talk(`${options.file ?? 'stdin'}:${number}: ${shown.reason}\n`);
      code = EXIT.failed;
    }
    if (!(await io.flushed())) return code;
  }
  return code;
}

function show(
  line: string,
  { format, explain: isAsked }: MapOptions,
  map: Mapper,
): string | { readonly reason: string } {
  const mapped = map(line);
  if (mapped.kind === 'no_event') return mapped;
  if (isAsked) return explained({ line, id: mapped.id, type: mapped.type }, format, map);
  if (format !== 'both') return `${mapped.document(format)}\n`;
  return `{"ecs":${mapped.document('ecs')},"ocsf":${mapped.document('ocsf')}}\n`;
}

function explained(
  { line, id, type }: { readonly line: string; readonly id: string; readonly type: string },
  format: MapOptions['format'],
  map: Mapper,
): string | { readonly reason: string } {
  const formats = format === 'both' ? (['ecs', 'ocsf'] as const) : [format];
  const documentsOf = formats.map((one) => [one, (record: string) => documentOf(map(record), one)] as const);
  try {
    return `${id}  ${type}\n${explain(line, Object.fromEntries(documentsOf))}`;
  } catch (error) {
    // Documents may be deeper than the stack, what is said about them may not.
    if (error instanceof RangeError) return { reason: 'it is nested too deeply to be explained' };
    throw error;
  }
}

function documentOf(mapped: ReturnType<Mapper>, format: 'ecs' | 'ocsf'): string {
  return mapped.kind === 'event' ? mapped.document(format) : '{}';
}
