/**
 * The mapper: one record's text to its documents, without a journal or a lane. For `audit-relay map`, for
 * whoever wants to see what becomes of an event; the same code as in a relay, so the same bytes.
 */
import type { Envelope } from '@audit-relay/sink';
import type { Organization, Provenance } from './entry.ts';
import type { JsonValue } from './event.ts';
import type { NormalizationConfig } from './normalize/config.ts';
import type { DocumentShape, Format, RelayIdentity } from './normalize/document.ts';
import { createNormalizer } from './normalize/normalizer.ts';
import { itemOf } from './source/window/record.ts';

/** What no record says by itself. */
export interface MapperOptions {
  /** ECS `agent.name` and `agent.version`. */
  readonly identity: RelayIdentity;
  /** When the record was received, in milliseconds since the epoch. */
  readonly receivedMs: number;
  readonly organization?: Organization;
  /** What stands for the source's name in the facts; default `map`. */
  readonly source?: string;
  /** Where it comes from, where that is known. Absent: feed `organization`, dialect `audit_logs`. */
  readonly from?: Pick<Provenance, 'feed' | 'dialect'>;
  /** Absent: nothing is redacted. */
  readonly normalization?: NormalizationConfig;
}

export type Mapped =
  | {
      readonly kind: 'event';
      readonly id: string;
      readonly type: string;
      /** JSON text without a newline, with the default dataset and namespace. */
      document(format: Format): string;
      /** As a sink gets it. */
      envelope(shape: Pick<DocumentShape, 'format'> & Partial<DocumentShape>): Envelope;
    }
  /** `reason` quotes nothing of the record. */
  | { readonly kind: 'no_event'; readonly reason: string };

/** @returns a function of one record's JSON text; it never throws. */
export function createMapper(options: MapperOptions): (record: string) => Mapped {
  const { identity, receivedMs, organization, source = 'map', normalization, from } = options;
  const { render } = createNormalizer(identity, normalization);
  const provenance: Provenance = {
    source,
    feed: 'organization',
    dialect: 'audit_logs',
    ...from,
    ...(organization === undefined ? {} : { organization }),
  };
  return (raw) => {
    const value = parse(raw);
    if (value === undefined) return { kind: 'no_event', reason: 'it is no JSON' };
    const item = itemOf({ raw, value }, provenance, { receivedMs });
    if (item.kind === 'malformed') return { kind: 'no_event', reason: item.record.reason };
    const { entry } = item;
    const envelope = (shape: Pick<DocumentShape, 'format'> & Partial<DocumentShape>): Envelope =>
      render(entry, { dataset: 'openai.org_audit', namespace: 'default', ...shape });
    const { id, type } = envelope({ format: 'raw' });
    return { kind: 'event', id, type, document: (format) => envelope({ format }).json, envelope };
  };
}

function parse(raw: string): JsonValue | undefined {
  try {
    return JSON.parse(raw);
  } catch {
    return undefined;
  }
}
