/**
 * Holds kafkajs to what we know of it below its public interface. When one of these fails after an update, read
 * docs/decisions/0023 and what has changed in kafkajs before changing the expectation.
 */
import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { yamlFor } from '../__fixtures__/world.ts';
import { kafkaConfigSchema } from '../config.ts';
import { Cluster } from '../emulator/cluster.ts';
import { METADATA, PRODUCE, type ProtocolRequest, tame, VERSION } from './internals.ts';
import { Way } from './way.ts';

const load = createRequire(import.meta.url);

test('kafkajs is the version that this is written for, to the digit', () => {
  // As npm writes it.
  const { version } = load('kafkajs/package.json') as { version: string };
  const { dependencies } = load('../../package.json') as { dependencies: Record<string, string> };
  expect([version, dependencies['kafkajs']]).toEqual([VERSION, VERSION]);
});

describe('what we reach into is there', () => {
  const methodsOf = (path: string): readonly string[] => {
    const { prototype } = load(path) as { prototype: object };
    return Object.getOwnPropertyNames(prototype);
  };

  test.each([
    [
      'kafkajs/src/cluster',
      ['isConnected', 'connect', 'disconnect', 'refreshMetadataIfNecessary', 'findControllerBroker'],
    ],
    ['kafkajs/src/cluster/brokerPool', ['findBroker', 'refreshMetadataIfNecessary']],
    ['kafkajs/src/network/connectionPool', ['send', 'getConnection', 'destroy']],
    ['kafkajs/src/network/requestQueue', ['scheduleCheckPendingRequests', 'checkPendingRequests', 'push', 'rejectAll']],
    [
      'kafkajs/src/broker',
      ['produce', 'initProducerId', 'apiVersions', 'describeConfigs', 'createTopics', 'listOffsets'],
    ],
  ])('%s has %s', (path, methods) => {
    expect(methodsOf(path)).toEqual(expect.arrayContaining(methods));
  });

  test('the queue calls the method that we replace, on itself, each time something was done', () => {
    const { prototype } = load('kafkajs/src/network/requestQueue') as { prototype: Record<string, () => void> };
    const calls: string[] = [];
    const queue = {
      pending: [],
      scheduleCheckPendingRequests: () => void calls.push('scheduled'),
      canSendSocketRequestImmediately: () => true,
    };
    prototype['checkPendingRequests']?.call(queue);
    expect(calls).toEqual(['scheduled']);
  });
});

describe('a queue of requests', () => {
  test('has no timer while nothing waits in it; kafkajs’s own has one for ever', async () => {
    const RequestQueue = load('kafkajs/src/network/requestQueue') as new (
      options: object,
    ) => {
      readonly pending: unknown[];
      throttleCheckTimeoutId: unknown;
      throttledUntil: number;
      scheduleCheckPendingRequests(): void;
      destroy(): void;
    };
    const logger = { debug: () => undefined, warn: () => undefined };
    const make = () =>
      new RequestQueue({ requestTimeout: 1_000, maxInFlightRequests: null, clientId: '', broker: '', logger });
    const [theirs, ours] = [make(), make()];
    tame({ pool: [{ requestQueue: ours }], send: async () => undefined });
    // Else its timer is of a negative number of milliseconds, of which newer Nodes warn.
    theirs.throttledUntil = Date.now() + 60_000;
    theirs.scheduleCheckPendingRequests();
    ours.scheduleCheckPendingRequests();
    expect([theirs.throttleCheckTimeoutId === null, ours.throttleCheckTimeoutId === null]).toEqual([false, true]);
    ours.pending.push({});
    ours.scheduleCheckPendingRequests();
    expect(ours.throttleCheckTimeoutId).not.toBeNull();
    theirs.destroy();
    ours.destroy();
  });
});

describe('an answer is read by us', () => {
  test.each([
    ['Produce', PRODUCE, true],
    ['Metadata', METADATA, true],
    ['ApiVersions', 18, false],
  ])('%s', async (_, apiKey, isOurs) => {
    const sent: ProtocolRequest[] = [];
    const pool = tame({ pool: [], send: async (request) => void sent.push(request) });
    const parse = async (): Promise<never> => Promise.reject(new Error('the first error of any partition'));
    await pool.send({ request: { apiKey }, response: { decode: undefined, parse } });
    expect(sent[0]?.response.parse === parse).toBe(!isOurs);
  });

  test('so that one partition that is refused hides no other', async () => {
    const cluster = await Cluster.start({ partitions: 2 });
    cluster.leaders[1] = -1;
    const config = kafkaConfigSchema.parse(yamlFor(cluster));
    const way = new Way({ config, brokers: cluster.addresses, log: { log: () => undefined } });
    await way.cluster.connect();
    expect((await way.topic()).partitionMetadata.map(({ leader }) => leader)).toEqual([0, -1]);
    await way.close();
    await cluster.stop();
  });
});
