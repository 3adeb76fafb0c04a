/** A broker as a process of this machine, with a folder of its own that a kill leaves and a stop removes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../ports.ts';
import { certificates } from './certificates.ts';
import { distribution } from './distribution.ts';
import type { Addresses, KafkaBroker, KafkaOrder } from './order.ts';
import { BrokerProcess } from './process.ts';
import { propertiesOf } from './properties.ts';

/** Resolves when the broker answers: 4 to 10 s, and about 20 s more the first time on a machine. */
export async function startNative({ version, settings = {} }: KafkaOrder): Promise<KafkaBroker> {
  const parts = await distribution(version);
  const { broker, ca } = await certificates();
  const { addresses, controller } = await chooseAddresses();
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-kafka-'));
  const properties = propertiesOf({
    nodeId: 1,
    roles: 'broker,controller',
    addresses,
    controller: { nodeId: 1, port: controller },
    bind: '127.0.0.1',
    data: join(folder, 'data'),
    broker,
    ca,
    settings,
  });
  const process = new BrokerProcess({ parts, folder, properties });
  await process.start();
  return {
    addresses,
    kill: () => process.kill(),
    restart: () => process.start(),
    stop: async () => {
      await process.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export async function chooseAddresses(): Promise<{ readonly addresses: Addresses; readonly controller: number }> {
  const [controller = 0, ...ports] = await freePorts(6);
  const [plain = '', sasl = '', mutual = '', gate = '', behindGate = ''] = ports.map((port) => `127.0.0.1:${port}`);
  return { addresses: { plain, sasl, mutual, gate, behindGate }, controller };
}
