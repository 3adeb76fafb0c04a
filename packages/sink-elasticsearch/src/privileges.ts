/** Which privileges the credentials need, and which of them they have. */
import type { Failure } from '@audit-relay/sink';
import { z } from 'zod';
import { failureOf } from './answer.ts';
import type { ElasticsearchConfig } from './config.ts';
import type { Peer } from './connect.ts';
import { namesOf } from './target.ts';

/** Privileges on the stream or the indices, as Elastic names them (elastic.co/docs, security privileges, read 2026-08). */
export type Privilege = 'create_doc' | 'index' | 'auto_configure' | 'read' | 'view_index_metadata' | 'monitor';

/** To look before it writes: documents, and which backing indices there are. */
export const TO_LOOK: readonly Privilege[] = ['read', 'view_index_metadata'];

/** To write one document; what is there already may only be replaced by `index`. */
export function writingPrivilege({ overwrites }: Pick<ElasticsearchConfig, 'overwrites'>): 'create_doc' | 'index' {
  return overwrites ? 'index' : 'create_doc';
}

/** What the credentials have of what was asked for. */
export interface Grants {
  readonly kind: 'grants';
  has(privilege: Privilege): boolean;
}

/** `{"has_all_requested":false,"cluster":{"monitor":true},"index":{"logs-…":{"create_doc":true,"read":false}}}` */
const answerSchema = z.object({
  cluster: z.record(z.string(), z.boolean()).catch({}),
  index: z.record(z.string(), z.record(z.string(), z.boolean())),
});

/** What is asked for. */
export interface GrantsRequest {
  readonly config: ElasticsearchConfig;
  readonly privileges: readonly Privilege[];
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Any credential may ask this of itself. Without security on the cluster everything is granted. */
export async function grantsOf(peer: Peer, { config, privileges, ...call }: GrantsRequest): Promise<Grants | Failure> {
  const target = namesOf(config);
  const body = {
    cluster: ['monitor'],
    index: [{ names: [target], privileges: privileges.filter((privilege) => privilege !== 'monitor') }],
  };
  const reply = await peer.ask({ method: 'POST', path: '/_security/user/_has_privileges', body, ...call });
  if (reply.kind === 'answer' && reply.isElasticsearch) {
    // The paths of a feature that is switched off are not there.
    if ([400, 404, 405].includes(reply.status)) return { kind: 'grants', has: () => true };
    const read = answerSchema.safeParse(reply.body);
    if (reply.status === 200 && read.success) {
      const granted: Readonly<Record<string, boolean>> = { ...read.data.cluster, ...read.data.index[target] };
      return { kind: 'grants', has: (privilege) => granted[privilege] === true };
    }
  }
  return failureOf(reply, { events: 0, target, privilege: 'monitor' });
}
