/** Vitest's global set-up of the tests that need servers: one desk for the whole run. */
import type { TestProject } from 'vitest/node';
import { openDesk, type SharedServer } from './desk.ts';
import { VERSIONS as ELASTICSEARCH } from './elasticsearch/distribution.ts';
import { startElasticsearch } from './elasticsearch/start.ts';
import { VERSIONS as KAFKA } from './kafka/distribution.ts';
import { startGateway } from './kafka/gateway.ts';
import { toUrl } from './kafka/order.ts';
import { startKafka } from './kafka/start.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The address of the desk, for `urlOf`. */
    readonly desk: string;
  }
}

/** Opens the desk before the first test of the run; what it returns closes it after the last. */
export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const nodes = ELASTICSEARCH.map(
    (version) => [`elasticsearch-${version}`, () => startElasticsearch({ version })] as const,
  );
  const brokers = KAFKA.map((version) => [`kafka-${version}`, () => sharedBroker(version)] as const);
  const desk = await openDesk({
    ...Object.fromEntries([...nodes, ...brokers]),
    'kafka-gateway': startGateway,
  });
  provide('desk', desk.address);
  return () => desk.close();
}

async function sharedBroker(version: (typeof KAFKA)[number]): Promise<SharedServer> {
  const { addresses, stop } = await startKafka({ version });
  return { url: toUrl(addresses), stop };
}
