/**
 * A real Elasticsearch for a test, from the first of: an address in the environment, a container, a process of this
 * machine. The newest version is that of today's clusters, the older one that of the line before.
 */
import { startContainer } from './container.ts';
import { startNative } from './native.ts';
import { borrowed, canBeShared, type ElasticsearchNode, type ElasticsearchOrder } from './order.ts';

/** Somebody's node, for the tests that change nothing about the node itself. */
const ADDRESS = 'AUDIT_RELAY_TEST_ELASTICSEARCH_URL';

/** @throws Error when there is none to be had: what was tried last says why. */
export async function startElasticsearch(order: ElasticsearchOrder): Promise<ElasticsearchNode> {
  if (order.isSecure === true) return startNative(order);
  const url = process.env[ADDRESS];
  if (url !== undefined && canBeShared(order)) return borrowed(url.replace(/\/$/, ''));
  return (await startContainer(order)) ?? (await startNative(order));
}
