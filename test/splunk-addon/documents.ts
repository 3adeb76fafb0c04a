/** Sample events as they lie in Splunk's index: rendered by the core, sent by the sink, taken apart by the emulator. */
import { readFileSync } from 'node:fs';
import { createMapper } from '@audit-relay/core';
import type { Envelope } from '@audit-relay/sink';
import { splunkHec } from '@audit-relay/sink-splunk-hec';
import { startHecEmulator } from '@audit-relay/sink-splunk-hec/emulator';
import { batchOf, testContext } from '@audit-relay/sink-testkit';
import type { Indexed } from './search-time.ts';

export const FORMATS = ['ecs', 'ocsf', 'raw'] as const;
export type Format = (typeof FORMATS)[number];

export interface Sample extends Indexed {
  readonly id: string;
  readonly type: string;
  /** Seconds since the epoch, as the envelope has it. */
  readonly time: number | undefined;
}

const SAMPLES = new URL('../../packages/core/src/normalize/__fixtures__/sample-events.jsonl', import.meta.url);
const TOKEN = '0b1d2c3e-aaaa-bbbb-cccc-1234567890ab';

/** The records themselves, as the API gives them. Compiled, this file stands in `test/dist`. */
const sampleRecords: readonly string[] = readFileSync(
  new URL(SAMPLES.href.replace('/test/packages/', '/packages/')),
  'utf8',
)
  .trim()
  .split('\n');

const samples = new Map<Format, Promise<readonly Sample[]>>();

/** All sample records in one format; made once for a file of tests. */
export function samplesIn(format: Format): Promise<readonly Sample[]> {
  const made = samples.get(format) ?? indexed(sampleRecords, format);
  samples.set(format, made);
  return made;
}

/** A record of a type by a session, with this payload under the name of its type. @param parts in place of those. */
export function recordOf(type: string, payload: object, parts: object = {}): string {
  const session = {
    user: { id: 'user-1', email: 'ada@example.com' },
    ip_address: '192.0.2.1',
    user_agent: 'curl/8.9.1',
    ip_address_details: { country: 'BR', city: 'Recife' },
  };
  const project = { id: 'proj_1', name: 'Payments' };
  const actor = { type: 'session', session };
  const common = { id: `audit_log-${type}`, type, effective_at: 1_795_306_002, project, actor };
  return JSON.stringify({ ...common, ...parts, [type]: payload });
}

export interface Rendering {
  /** `normalize.original`. */
  readonly original?: boolean;
  /** `severity` of the configuration. */
  readonly severity?: Readonly<Record<string, 1 | 2 | 3 | 4 | 5 | 6>>;
}

/** Each record in one format, through the sink and into the emulator, in their order. */
export async function indexed(
  records: readonly string[],
  format: Format,
  { original = false, severity = {} }: Rendering = {},
): Promise<readonly Sample[]> {
  const envelopes = envelopesOf(records, format, { original, severity });
  const emulator = await startHecEmulator({ tokens: { [TOKEN]: {} } });
  const config = splunkHec.configSchema.parse({ url: emulator.url, token: TOKEN });
  const sink = await splunkHec.open(config, testContext({ format }));
  try {
    const signal = new AbortController().signal;
    const result = await sink.send(batchOf(envelopes), { signal, accepted: () => undefined });
    if (result.kind !== 'acked') throw new Error(JSON.stringify(result));
    return emulator.events.map(({ sourcetype = '', fields, time }, index) => {
      const { id = '', type = '', json = '' } = envelopes[index] ?? {};
      // Of the sink's own making: texts.
      return { id, type, time, sourcetype, fields: fields as Readonly<Record<string, string>>, raw: json };
    });
  } finally {
    await sink.close();
    await emulator.close();
  }
}

function envelopesOf(records: readonly string[], format: Format, normalize: Required<Rendering>): readonly Envelope[] {
  const map = createMapper({
    identity: { name: 'audit-relay', version: '0.1.0' },
    receivedMs: 1_795_390_000_000,
    organization: { id: 'org-abcdefghijklmnopqrstuvwx', name: 'Acme' },
    normalization: { normalize, redact: [] },
  });
  return records.map((record) => {
    const mapped = map(record);
    if (mapped.kind !== 'event') throw new Error(mapped.reason);
    const json = mapped.document(format);
    const { project, effective_at: seconds, created_at: created } = JSON.parse(record);
    const facts = { source: 'acme', feed: 'organization', summary: '', severity: 1, outcome: 'unknown' } as const;
    return {
      id: mapped.id,
      type: mapped.type,
      timeMs: Number(seconds ?? created) * 1_000,
      receivedMs: 1_795_390_000_000,
      json,
      bytes: Buffer.byteLength(json),
      facts: project?.id == null ? facts : { ...facts, project: { id: project.id } },
    };
  });
}
