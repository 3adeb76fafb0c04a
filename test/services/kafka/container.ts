/** A broker in a container, of Apache's own image: where a container engine answers. */
import { loadTestcontainers } from '../containers.ts';
import { certificates } from './certificates.ts';
import { chooseAddresses } from './native.ts';
import type { KafkaBroker, KafkaOrder } from './order.ts';
import { CLUSTER_ID, propertiesOf } from './properties.ts';

const STARTUP_MS = 180_000;
/** Where the image looks for properties that replace its own. */
const PROPERTIES = '/mnt/shared/config/server.properties';
const CERTIFICATES = '/mnt/shared/certificates';

/** Undefined where containers cannot be had. */
export async function startContainer({ version, settings = {} }: KafkaOrder): Promise<KafkaBroker | undefined> {
  const library = await loadTestcontainers();
  if (library === undefined) return undefined;
  const { broker, ca } = await certificates();
  // Ports of the engine's choice would be others after a restart, and are told to clients.
  const { addresses, controller } = await chooseAddresses();
  const content = propertiesOf({
    nodeId: 1,
    roles: 'broker,controller',
    addresses,
    controller: { nodeId: 1, port: controller },
    bind: '0.0.0.0',
    data: '/tmp/audit-relay-data',
    broker: `${CERTIFICATES}/broker.pem`,
    ca: `${CERTIFICATES}/ca.pem`,
    settings,
  });
  const { plain, sasl, mutual, behindGate } = addresses;
  const ports = [plain, sasl, mutual, behindGate].map((address) => Number(address.split(':')[1]));
  const container = await new library.GenericContainer(`apache/kafka:${version}`)
    .withExposedPorts(...ports.map((port) => ({ container: port, host: port })))
    .withEnvironment({ CLUSTER_ID, KAFKA_HEAP_OPTS: '-Xms128m -Xmx384m' })
    .withCopyContentToContainer([{ content, target: PROPERTIES }])
    .withCopyFilesToContainer([
      { source: broker, target: `${CERTIFICATES}/broker.pem`, mode: 0o644 },
      { source: ca, target: `${CERTIFICATES}/ca.pem`, mode: 0o644 },
    ])
    .withWaitStrategy(library.Wait.forLogMessage(/Kafka Server started/))
    .withStartupTimeout(STARTUP_MS)
    .start();
  return {
    addresses,
    kill: async () => void (await container.stop({ timeout: 0, remove: false })),
    restart: () => container.restart(),
    stop: async () => void (await container.stop()),
  };
}
