/**
 * A real Elasticsearch for a test, from the first of: an address in the environment, a container, a process of this
 * machine. The newest version is that of today's clusters, the older one that of the line before.
 */
import { startContainer } from './container.ts';
import { startNative } from './native.ts';
import type { ElasticsearchNode, ElasticsearchOrder } from './order.ts';

/** Somebody's node, for the tests that change nothing about the node itself. */
const ADDRESS = 'AUDIT_RELAY_TEST_ELASTICSEARCH_URL';

/** @throws Error when there is none to be had: what was tried last says why. */
export async function startElasticsearch(order: ElasticsearchOrder): Promise<ElasticsearchNode> {
  if (order.isSecure === true) return startNative(order);
  const url = process.env[ADDRESS];
  const canBeShared = order.settings === undefined && order.isKilled !== true;
  if (url !== undefined && canBeShared) return borrowed(url.replace(/\/$/, ''));
  return (await startContainer(order)) ?? (await startNative(order));
}

function borrowed(url: string): ElasticsearchNode {
  const refuse = async (): Promise<void> => {
    throw new Error(`the node of ${ADDRESS} is not ours to kill: ask for one with isKilled`);
  };
  return { url, kill: refuse, restart: refuse, stop: async () => undefined };
}
