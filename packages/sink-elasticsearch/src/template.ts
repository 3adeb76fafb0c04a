/** Between the sink and `setup/`: which plan its configuration makes, and a way for it to talk to the peer. */
import type { Failure, SetupCall, SetupStep, SinkContext } from '@audit-relay/sink';
import type { ElasticsearchConfig } from './config.ts';
import { connect, type Peer } from './connect.ts';
import { type Identity, identify } from './identify.ts';
import { lookMsOf } from './limits.ts';
import { type SetupPlan, type SetupTransport, setUp, setupPlan } from './setup/index.ts';
import { INDEX_PATTERN } from './target.ts';

/** What the templates depend on beside the server. */
export interface Templated {
  readonly config: ElasticsearchConfig;
  /** What the documents are; undefined: an agent that does not say. */
  readonly format: SinkContext['format'];
}

/** What is to be in place; undefined while the server does not say its version, on which a plan depends. */
export function planOf({ config, format }: Templated, { version, isServerless }: Identity): SetupPlan | undefined {
  if (version === undefined) return undefined;
  const { mode, namespace, retention, index = INDEX_PATTERN } = config;
  const said = { ...(retention === undefined ? {} : { retention }), ...(format === undefined ? {} : { format }) };
  return setupPlan({ mode, namespace, indexPattern: index, serverless: isServerless, version, ...said });
}

/** Set-up's own view of the peer. */
export function transportOf(
  peer: Peer,
  call: { readonly timeoutMs: number; readonly signal: AbortSignal },
): SetupTransport {
  return {
    request: async (request) => {
      const reply = await peer.ask({ ...request, ...call });
      if (reply.kind === 'fault') throw new Error(reply.reason);
      const { status, body } = reply;
      return { status, body };
    },
  };
}

/** For `manage_template`: brings it about, or says what keeps it from being. */
export async function bringAbout(transport: SetupTransport, plan: SetupPlan | undefined): Promise<Failure | undefined> {
  if (plan === undefined)
    return { kind: 'blocked', reason: `manage_template: ${NO_VERSION.detail}: ${NO_VERSION.fix}` };
  const failed = (await setUp(transport, plan)).find(({ outcome }) => outcome === 'failed');
  if (failed === undefined) return undefined;
  return { kind: 'blocked', reason: `manage_template: ${failed.name}: ${failed.detail}: ${failed.fix ?? ''}` };
}

/** For `audit-relay setup`: connects, brings it about, closes. Never rejects. */
export async function setUpPeer(
  config: ElasticsearchConfig,
  context: SinkContext,
  { signal, dryRun }: SetupCall,
): Promise<readonly SetupStep[]> {
  if (config.elastic_integration) return [INTEGRATION_HAS_ITS_OWN];
  let peer: Peer | undefined;
  try {
    peer = await connect(config, context);
    const call = { timeoutMs: lookMsOf(config), signal };
    const identity = await identify(peer, call);
    if (identity.kind !== 'identity') return [failed(identity.reason)];
    const plan = planOf({ config, format: context.format }, identity);
    return plan === undefined ? [NO_VERSION] : await setUp(transportOf(peer, call), plan, dryRun);
  } catch (error) {
    // Only our own: a file of `tls`, or the signal's reason.
    return [failed(error instanceof Error ? error.message : 'stopped')];
  } finally {
    await peer?.close();
  }
}

const NAME = 'index template';

const INTEGRATION_HAS_ITS_OWN: SetupStep = {
  name: NAME,
  outcome: 'left alone',
  detail: 'Elastic’s integration brings its own: install its assets in Kibana',
};

function failed(detail: string): SetupStep {
  return { name: NAME, outcome: 'failed', detail, fix: 'audit-relay doctor says more' };
}

/** Why there is no plan. */
export const NO_VERSION: SetupStep & { readonly fix: string } = {
  name: NAME,
  outcome: 'failed',
  detail: 'the server does not say its version',
  fix: 'grant the cluster privilege monitor',
};
