/**
 * A node in a container, of Elastic's own image: where the package `testcontainers` is installed and a container
 * engine answers. Both are optional, so this file asks for them at run time and is typed by what it uses.
 */
import { freePorts } from '../ports.ts';
import type { ElasticsearchNode, ElasticsearchOrder } from './order.ts';

/** The part of testcontainers 11 that is used. */
interface Testcontainers {
  readonly GenericContainer: new (image: string) => Builder;
  readonly Wait: { forHttp(path: string, port: number): { forStatusCode(code: number): object } };
  /** Rejects where no engine answers. */
  getContainerRuntimeClient(): Promise<unknown>;
}

interface Builder {
  withExposedPorts(port: { readonly container: number; readonly host: number }): Builder;
  withEnvironment(variables: Readonly<Record<string, string>>): Builder;
  withWaitStrategy(strategy: object): Builder;
  withStartupTimeout(ms: number): Builder;
  start(): Promise<Started>;
}

interface Started {
  stop(options?: { readonly timeout: number; readonly remove: boolean }): Promise<unknown>;
  restart(): Promise<void>;
}

const PORT = 9200;
const STARTUP_MS = 180_000;
// Not a literal where it is imported, because it need not be there when types are checked.
const PACKAGE: string = 'testcontainers';

/** Undefined where containers cannot be had. */
export async function startContainer(order: ElasticsearchOrder): Promise<ElasticsearchNode | undefined> {
  const library = await loadTestcontainers();
  if (library === undefined) return undefined;
  // A port of the engine's choice would be another one after a restart.
  const [host = 0] = await freePorts(1);
  const container = await new library.GenericContainer(`docker.elastic.co/elasticsearch/elasticsearch:${order.version}`)
    .withExposedPorts({ container: PORT, host })
    .withEnvironment(environment(order))
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

async function loadTestcontainers(): Promise<Testcontainers | undefined> {
  try {
    const library = (await import(PACKAGE)) as Testcontainers;
    await library.getContainerRuntimeClient();
    return library;
  } catch {
    return undefined;
  }
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
