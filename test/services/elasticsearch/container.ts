/** A node in a container, of Elastic's own image: where a container engine answers. */
import { loadTestcontainers } from '../containers.ts';
import { freePorts } from '../ports.ts';
import type { ElasticsearchNode, ElasticsearchOrder } from './order.ts';

const PORT = 9200;
const STARTUP_MS = 180_000;

/** Undefined where containers cannot be had. */
export async function startContainer(order: ElasticsearchOrder): Promise<ElasticsearchNode | undefined> {
  const library = await loadTestcontainers();
  if (library === undefined) return undefined;
  // A port of the engine's choice would be another one after a restart.
  const [host = 0] = await freePorts(1);
  const container = await new library.GenericContainer(`docker.elastic.co/elasticsearch/elasticsearch:${order.version}`)
    .withExposedPorts({ container: PORT, host })
    .withEnvironment({ ...environment(order) })
    .withWaitStrategy(library.Wait.forHttp('/_cluster/health', PORT).forStatusCode(200))
    .withStartupTimeout(STARTUP_MS)
    .start();
  return {
    url: `http://127.0.0.1:${host}`,
    kill: async () => void (await container.stop({ timeout: 0, remove: false })),
    restart: () => container.restart(),
    stop: async () => void (await container.stop()),
  };
}

/** The image takes every setting as a variable. */
function environment({ settings = {} }: ElasticsearchOrder): Readonly<Record<string, string>> {
  const own = {
    'discovery.type': 'single-node',
    'xpack.security.enabled': 'false',
    'cluster.routing.allocation.disk.threshold_enabled': 'false',
    ES_JAVA_OPTS: '-Xms512m -Xmx512m',
  };
  return { ...own, ...Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, String(value)])) };
}
