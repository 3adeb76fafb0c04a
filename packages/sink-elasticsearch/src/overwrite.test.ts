/** What a replay that overwrites does, and where it cannot be had. */
import { batchOf, envelopes } from '@audit-relay/sink-testkit';
import { expect, test } from 'vitest';
import { actionsIn } from './__fixtures__/emulator.ts';
import { world } from './__fixtures__/world.ts';
import { elasticsearch } from './plugin.ts';

const INDEX = { mode: 'index' };

test('a batch that overwrites writes anew what is held, each once, and no other batch does', async () => {
  const one = await world(INDEX);
  await one.send(batchOf(envelopes(3)));
  expect(await one.send({ ...batchOf(envelopes(3), true), overwrite: true })).toEqual({ kind: 'acked' });
  expect(await one.send(batchOf(envelopes(3), true))).toEqual({ kind: 'acked' });
  const operations = one.emulator.bulks.map((bulk) => [...new Set(actionsIn(bulk).map(({ operation }) => operation))]);
  expect(operations).toEqual([['create'], ['index'], ['create']]);
});

test('a data stream says why it cannot overwrite, an index that it can', () => {
  const refusalOf = (keys: object): string | undefined =>
    elasticsearch.overwriteRefusal?.(elasticsearch.configSchema.parse({ nodes: ['http://127.0.0.1:9200'], ...keys }));
  expect([refusalOf(INDEX), refusalOf({})]).toEqual([
    undefined,
    expect.stringContaining('a data stream replaces no document'),
  ]);
});
