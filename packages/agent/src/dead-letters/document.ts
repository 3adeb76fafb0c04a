/** What a dead letter holds: its event and the document that would go out now, redacted unless it was asked for as it is. */
import { createMapper } from '@audit-relay/core';
import type { Reading } from '../config/read.ts';
import { VERSION } from '../version.ts';
import type { Item } from './item.ts';

type Format = 'ecs' | 'ocsf' | 'raw';

/** JSON texts. */
export interface Contents {
  /** Absent: it is no event, so that nothing in it can be redacted. */
  readonly raw?: string;
  readonly format?: Format;
  /** By the present mapping; absent where it is no event. */
  readonly document?: string;
}

export interface Showing {
  /** Absent: none was read. */
  readonly reading: Reading | undefined;
  /** Nothing is redacted. */
  readonly original: boolean;
}

export function contentsOf({ head, raw, entry }: Item, { reading, original }: Showing): Contents {
  const redact = original ? [] : (reading?.normalization?.redact ?? []);
  if (entry === undefined) return redact.length > 0 ? {} : { raw };
  const mapped = mapperOf(entry, reading, redact)(raw);
  if (mapped.kind === 'no_event') return {};
  const format = formatOf(head.sink, reading);
  return { raw: mapped.document('raw'), format, document: mapped.document(format) };
}

type Redaction = NonNullable<Reading['normalization']>['redact'];

function mapperOf(
  { receivedMs, organization, source, feed, dialect }: NonNullable<Item['entry']>,
  reading: Reading | undefined,
  redact: Redaction,
): ReturnType<typeof createMapper> {
  const normalization = reading?.normalization;
  return createMapper({
    identity: { name: reading?.config?.name ?? 'audit-relay', version: VERSION },
    receivedMs,
    source,
    from: { feed, dialect },
    ...(organization === undefined ? {} : { organization }),
    ...(normalization === undefined ? {} : { normalization: { ...normalization, redact } }),
  });
}

/** As the lane has it; ECS for a sink that is configured no more. */
function formatOf(sink: string | undefined, reading: Reading | undefined): Format {
  const options = sink === undefined ? undefined : reading?.config?.sinks[sink];
  if (options === undefined) return 'ecs';
  const { lane, plugin, config } = options;
  return lane.format ?? plugin.document?.(config).formats[0] ?? 'ecs';
}

/** One line of JSON with all that is known; the texts stand in it as they are. */
export function wholeJson({ head }: Item, { raw, format, document }: Contents): string {
  const known = JSON.stringify({ ...head, ...(format === undefined ? {} : { format }) }).slice(0, -1);
  const parts = [known, raw && `"raw":${raw}`, document && `"document":${document}`];
  return `${parts.filter(Boolean).join(',')}}`;
}
