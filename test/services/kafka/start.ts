/**
 * A real broker for a test, from the first of: an address in the environment, a container, a process of this machine.
 * The newest version is that of today's clusters, the older one the last that some have not left.
 */
import { startContainer } from './container.ts';
import { startNative } from './native.ts';
import { borrowed, canBeShared, fromUrl, type KafkaBroker, type KafkaOrder } from './order.ts';

/** Somebody's broker with the listeners of ours, as `serve.ts` prints it: for tests that change nothing about it. */
const ADDRESS = 'AUDIT_RELAY_TEST_KAFKA_URL';

/** @throws Error when there is none to be had: what was tried last says why. */
export async function startKafka(order: KafkaOrder): Promise<KafkaBroker> {
  const url = process.env[ADDRESS];
  if (url !== undefined && canBeShared(order)) return borrowed(fromUrl(url));
  return (await startContainer(order)) ?? (await startNative(order));
}
