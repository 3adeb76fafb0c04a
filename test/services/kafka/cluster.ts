/**
 * Three brokers as processes of this machine, one of which is the controller, too: for what only several can do. It
 * costs about 10 s and is a test file's own.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certificates } from './certificates.ts';
import { distribution, type Version } from './distribution.ts';
import { chooseAddresses } from './native.ts';
import type { KafkaBroker, Settings } from './order.ts';
import { BrokerProcess } from './process.ts';
import { propertiesOf } from './properties.ts';

export interface KafkaCluster {
  /** Of its plain listeners, the controller's broker first. */
  readonly bootstrap: readonly string[];
  /** By its number, from 1. The first is the controller and must live. */
  broker(nodeId: number): KafkaBroker;
  stop(): Promise<void>;
}

const NODES = [1, 2, 3];
/** A broker that is dead is known to be so in 3 s and not in 9, and a replica that is behind in 4 and not in 30. */
const SOON: Settings = {
  'broker.session.timeout.ms': 3_000,
  'broker.heartbeat.interval.ms': 500,
  'replica.lag.time.max.ms': 4_000,
  'replica.fetch.wait.max.ms': 100,
  'auto.leader.rebalance.enable': false,
};

export async function startCluster(version: Version): Promise<KafkaCluster> {
  const parts = await distribution(version);
  const { broker, ca } = await certificates();
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-kafka-cluster-'));
  const chosen = await Promise.all(NODES.map(() => chooseAddresses()));
  const controller = { nodeId: 1, port: chosen[0]?.controller ?? 0 };
  const members = NODES.map((nodeId, index) => {
    const addresses = chosen[index]?.addresses;
    if (addresses === undefined) throw new Error(`no addresses for broker ${nodeId}`);
    const home = join(folder, `${nodeId}`);
    mkdirSync(home);
    const roles = nodeId === controller.nodeId ? ('broker,controller' as const) : ('broker' as const);
    const data = join(home, 'data');
    const place = { nodeId, roles, addresses, controller, bind: '127.0.0.1', data };
    const properties = propertiesOf({ ...place, broker, ca, settings: SOON });
    return { addresses, process: new BrokerProcess({ parts, folder: home, properties }) };
  });
  const stop = async (): Promise<void> => {
    await Promise.all(members.map(({ process }) => process.kill()));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await Promise.all(members.map(({ process }) => process.start()));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    bootstrap: members.map(({ addresses }) => addresses.plain),
    broker: (nodeId) => {
      const member = members[nodeId - 1];
      if (member === undefined) throw new Error(`no broker ${nodeId}`);
      const { addresses, process } = member;
      return { addresses, kill: () => process.kill(), restart: () => process.start(), stop: async () => undefined };
    },
    stop,
  };
}
