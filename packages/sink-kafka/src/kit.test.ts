/** What every sink must pass, in the two ways in which this one behaves differently. */
import { describeSink } from '@audit-relay/sink-testkit';
import { yamlFor } from './__fixtures__/world.ts';
import { Cluster } from './emulator/cluster.ts';
import { kafka } from './plugin.ts';

const PASSWORD = 'kit-password-7c1e';
const SASL = { mechanism: 'plain', username: 'audit-relay', password: PASSWORD };

const ways = [
  { name: 'with its defaults', config: { sasl: SASL } },
  { name: 'idempotent, without compression', config: { sasl: SASL, idempotent: true, compression: 'none' } },
];

for (const { name, config } of ways) {
  describeSink({
    plugin: kafka,
    name,
    secret: PASSWORD,
    prepare: async () => {
      // One partition: only there the order of a topic is the order of its records.
      const cluster = await Cluster.start({ partitions: 1 });
      cluster.users = new Map([[SASL.username, PASSWORD]]);
      return {
        config: { ...yamlFor(cluster), ...config },
        delivered: async () => ({ ids: cluster.ids, text: cluster.held.map(({ value }) => value).join('\n') }),
        stop: () => cluster.stop(),
      };
    },
    unreachable: async () => {
      const cluster = await Cluster.start();
      await cluster.stop();
      return { ...yamlFor(cluster), ...config };
    },
  });
}
