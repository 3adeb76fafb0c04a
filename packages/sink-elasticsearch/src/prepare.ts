/** What has to be known before the first event is written; asked at the first use and then remembered. */
import type { Failure } from '@audit-relay/sink';
import { missingPrivilege } from './answer.ts';
import type { Peer } from './connect.ts';
import { type Identity, identify } from './identify.ts';
import { lookMsOf } from './limits.ts';
import { grantsOf, type Privilege, TO_LOOK } from './privileges.ts';
import { streamOf } from './target.ts';
import { bringAbout, planOf, type Templated, transportOf } from './template.ts';

/** The peer is Elasticsearch, and may be written to. */
export interface Ready {
  readonly kind: 'ready';
  readonly identity: Identity;
  /** Why events cannot be looked for before they are written again; absent: they can, or need not be. */
  readonly unguarded?: string;
}

/** Ready, or why not yet. */
export async function prepare(peer: Peer, templated: Templated, signal: AbortSignal): Promise<Ready | Failure> {
  const { config } = templated;
  const call = { timeoutMs: lookMsOf(config), signal };
  const identity = await identify(peer, call);
  if (identity.kind !== 'identity') return identity;
  if (config.manage_template) {
    const failure = await bringAbout(transportOf(peer, call), planOf(templated, identity));
    if (failure !== undefined) return failure;
  }
  const stream = streamOf(config);
  if (stream === undefined) return { kind: 'ready', identity };
  const grants = await grantsOf(peer, { config, privileges: TO_LOOK, ...call });
  if (grants.kind !== 'grants') return grants;
  const missing = TO_LOOK.find((privilege: Privilege) => !grants.has(privilege));
  if (missing === undefined) return { kind: 'ready', identity };
  const unguarded = missingPrivilege(missing, stream);
  if (config.duplicate_guard === 'best_effort') return { kind: 'ready', identity, unguarded };
  return { kind: 'blocked', reason: `${unguarded}, or set duplicate_guard: best_effort` };
}
