/**
 * The events that the kit sends: made up, with ids that can be counted, a canary that must not be
 * seen anywhere but at the peer, and times just before the clock of `testContext`.
 */
import type { Batch, Envelope, Facts } from '@audit-relay/sink';

/** The kit's clock stands here; a whole second, because HTTP dates have no milliseconds. */
export const NOW_MS: number = Date.UTC(2026, 2, 1, 12, 0, 0);

/** Stands in every document and its facts: what holds it outside of the peer is a leak. */
export const EVENT_CANARY = 'canary-in-the-event-5b1f';

/** How the made-up envelopes differ from the plain ones. */
export interface EnvelopeShape {
  /** The id of the envelope at `index`, at most 512 UTF-8 bytes. Default `audit_log-0`, `audit_log-1` … */
  readonly id?: (index: number) => string;
  /** The document's `message`. */
  readonly message?: string;
  /** Pads every document to this many UTF-8 bytes; an id's length counts. Throws when it is less than the bare document. */
  readonly bytes?: number;
  /** How old the event at `index` was when it was received, in milliseconds; it was received at the clock's moment. */
  readonly ageMs?: (index: number) => number;
}

/** `count` envelopes, frozen, one second apart, the last a minute before the context's clock. */
export function envelopes(count: number, shape: EnvelopeShape = {}): readonly Envelope[] {
  return Object.freeze(Array.from({ length: count }, (_, index) => envelope(index, count, shape)));
}

/** A batch of them as core hands it over, frozen through and through. `replay`: it may have been sent before. */
export function batchOf(list: readonly Envelope[], replay = false): Batch {
  const bytes = list.reduce((sum, { bytes }) => sum + bytes, 0);
  return Object.freeze({ envelopes: Object.freeze([...list]), bytes, replay });
}

/** The same as core gives it to a sink that takes bytes: `json` and `facts` are made when they are read, and a spread has neither. */
export function byBytes({ envelopes: list, bytes, replay }: Batch): Batch {
  const packed = list.map((one): Envelope => Object.freeze(new PackedEnvelope(one)));
  return Object.freeze({ envelopes: Object.freeze(packed), bytes, replay });
}

class PackedEnvelope implements Envelope {
  readonly id: string;
  readonly type: string;
  readonly timeMs: number;
  readonly receivedMs: number;
  readonly bytes: number;
  readonly #of: Envelope;

  constructor(of: Envelope) {
    this.id = of.id;
    this.type = of.type;
    this.timeMs = of.timeMs;
    this.receivedMs = of.receivedMs;
    this.bytes = of.bytes;
    this.#of = of;
  }

  get json(): string {
    return this.#of.json;
  }

  get facts(): Facts {
    return this.#of.facts;
  }

  copyTo(target: Uint8Array, offset: number): void {
    target.set(Buffer.from(this.#of.json), offset);
  }
}

function envelope(index: number, count: number, shape: EnvelopeShape): Envelope {
  const id = shape.id?.(index) ?? `audit_log-${index}`;
  const ageMs = shape.ageMs?.(index);
  const timeMs = NOW_MS - (ageMs ?? 60_000 + (count - 1 - index) * 1_000);
  const receivedMs = ageMs === undefined ? timeMs + 900 : NOW_MS;
  const json = documentText(id, timeMs, shape);
  const bytes = Buffer.byteLength(json);
  return Object.freeze({ id, type: 'api_key.created', timeMs, receivedMs, json, bytes, facts: FACTS });
}

function documentText(
  id: string,
  timeMs: number,
  { message = 'an API key was created', bytes }: EnvelopeShape,
): string {
  const write = (padding: string): string =>
    JSON.stringify({
      '@timestamp': new Date(timeMs).toISOString(),
      event: { id, action: 'api_key.created', outcome: 'success' },
      message,
      user: { id: 'user-1', full_name: EVENT_CANARY },
      labels: { padding },
    });
  const bare = write('');
  if (bytes === undefined) return bare;
  const missing = bytes - Buffer.byteLength(bare);
  if (missing < 0) throw new RangeError(`the bare document has ${Buffer.byteLength(bare)} bytes, more than ${bytes}`);
  return write('x'.repeat(missing));
}

const FACTS: Facts = Object.freeze({
  source: 'acme',
  feed: 'organization',
  summary: `api_key.created by ${EVENT_CANARY} from 192.0.2.1`,
  severity: 1,
  outcome: 'success',
  organization: Object.freeze({ id: 'org-kit', name: 'Kit' }),
  project: Object.freeze({ id: 'proj_kit', name: 'Kit' }),
  actor: Object.freeze({ id: 'user-1', name: EVENT_CANARY, email: 'ada@example.com' }),
  ip: '192.0.2.1',
  userAgent: 'Mozilla/5.0',
  target: Object.freeze({ type: 'api_key', id: 'key_1', name: 'ci' }),
});
