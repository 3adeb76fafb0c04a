/** Who is on the other side: the first request of every sink, before anything is written. */
import type { Failure } from '@audit-relay/sink';
import { z } from 'zod';
import { failureOf } from './answer.ts';
import type { NodeAnswer, Peer } from './connect.ts';
import { errorIn } from './words.ts';

/** What the server says of itself; without the right to ask it stays unknown. */
export interface Identity {
  readonly kind: 'identity';
  /** `9.1.2`. Serverless has none that means anything: it is always the latest. */
  readonly version?: string;
  readonly isServerless: boolean;
}

/** `{"version":{"number":"9.1.2","build_flavor":"default"},"tagline":"You Know, for Search"}` */
const bodySchema = z.object({
  version: z.object({
    number: z.string().regex(/^\d+\.\d+\.\d+/),
    build_flavor: z.string().catch('default'),
    distribution: z.string().optional().catch(undefined),
  }),
});

const NOT_ELASTICSEARCH =
  'this is not Elasticsearch (OpenSearch is not supported; a proxy that takes x-elastic-product away looks the same)';

const UNKNOWN: Identity = { kind: 'identity', isServerless: false };

/** `GET /`. A key without the cluster privilege `monitor` is refused by Elasticsearch itself, which is answer enough. */
export async function identify(
  peer: Peer,
  call: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<Identity | Failure> {
  const reply = await peer.ask({ method: 'GET', path: '/', ...call });
  if (reply.kind === 'answer') {
    if (reply.status >= 200 && reply.status < 300) return read(reply);
    // This refusal comes without the header that every other answer has.
    if (reply.status === 403 && errorIn(reply.body)?.type === 'security_exception') return UNKNOWN;
    // Some clusters and proxies have nothing at the root.
    if (reply.isElasticsearch && [400, 403, 404, 405].includes(reply.status)) return UNKNOWN;
  }
  return failureOf(reply, { events: 0, target: 'the cluster', privilege: 'monitor' });
}

function read({ body, isElasticsearch }: NodeAnswer): Identity | Failure {
  const known = bodySchema.safeParse(body);
  if (!isElasticsearch || known.data?.version.distribution === 'opensearch')
    return { kind: 'blocked', reason: NOT_ELASTICSEARCH };
  if (!known.success) return { kind: 'retryable', why: 'failed', reason: 'the server does not say its version' };
  const { number, build_flavor } = known.data.version;
  const identity: Identity = { kind: 'identity', version: number, isServerless: build_flavor === 'serverless' };
  return isAtLeast(identity, 8, 0)
    ? identity
    : { kind: 'blocked', reason: `Elasticsearch ${number} is too old: 8 or 9 is needed` };
}

/**
 * True when the server is of this version or later, as serverless always is. One that may not be asked is taken for
 * such: what it does not understand it refuses, while a safeguard that is left out would not be missed.
 */
export function isAtLeast({ version, isServerless }: Identity, major: number, minor: number): boolean {
  if (isServerless || version === undefined) return true;
  const [ofMajor = 0, ofMinor = 0] = version.split('.').map(Number);
  return ofMajor > major || (ofMajor === major && ofMinor >= minor);
}
