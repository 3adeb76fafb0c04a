/** Whether the index template is in place: ours, or that of Elastic's integration. */
import type { Check } from '@audit-relay/sink';
import { templateState } from '../setup/index.ts';
import { NO_VERSION, planOf, transportOf } from '../template.ts';
import type { Examined } from './finding.ts';

const NAME = 'index template';

/** Template of the integration's data stream `audit`, as Kibana installs it. */
const INTEGRATION_TEMPLATE = 'logs-openai.audit';

/** One finding. */
export async function checkTemplate(examined: Examined): Promise<readonly Check[]> {
  const { peer, config, identity } = examined;
  if (config.elastic_integration) return [await checkIntegration(examined)];
  const plan = planOf(examined, identity);
  if (plan === undefined) return [{ name: NAME, verdict: 'warn', detail: NO_VERSION.detail, fix: NO_VERSION.fix }];
  const { state, detail, fix } = await templateState(transportOf(peer, examined), plan);
  if (state === 'current' || state === 'newer') return [{ name: NAME, verdict: 'ok', detail }];
  // Data goes in without our template as well, mapped as the cluster's own templates have it.
  return [{ name: NAME, verdict: 'warn', detail, fix: fix ?? 'run audit-relay setup' }];
}

async function checkIntegration({ peer, timeoutMs, signal }: Examined): Promise<Check> {
  const path = `/_index_template/${INTEGRATION_TEMPLATE}`;
  const reply = await peer.ask({
    method: 'GET',
    path,
    query: { filter_path: 'index_templates.name' },
    timeoutMs,
    signal,
  });
  const status = reply.kind === 'answer' ? reply.status : 0;
  if (status === 200) return { name: NAME, verdict: 'ok', detail: INTEGRATION_TEMPLATE };
  const fix = 'install the assets of the OpenAI integration in Kibana, and grant the cluster privilege monitor';
  const detail = status === 404 ? `${INTEGRATION_TEMPLATE} is not there` : 'it cannot be looked at';
  return { name: NAME, verdict: status === 404 ? 'fail' : 'warn', detail, fix };
}
