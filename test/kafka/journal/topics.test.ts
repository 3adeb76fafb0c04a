/** What a start says of topics that would lose something, at a real broker: each by its setting, and nothing is made or changed. */
import { openSources, setUpTopics } from '@audit-relay/journal-kafka';
import { expect, test } from 'vitest';
import { useBroker } from '../broker.ts';
import { configOf, fixed, testRuntime } from './collect.ts';

const broker = useBroker({ version: '4.4.0' });

/** What a start refuses with; topics that are not named are made as they must be. */
async function refusal(prefix: string, wrong: Readonly<Record<string, object>>, keys: object = {}): Promise<string> {
  const config = configOf(broker().addresses.plain, prefix, keys);
  for (const [topic, order] of Object.entries(wrong)) {
    await broker().observer.createTopic(`${prefix}.${topic}`, { partitions: 2, ...order });
  }
  await setUpTopics(config, testRuntime());
  const opening = openSources({ config, runtime: testRuntime(), assignment: fixed([0, 1]) });
  return opening.then(
    async (open) => {
      await open.close();
      return '';
    },
    (error: unknown) => `${Object(error).code}: ${Object(error).message}`,
  );
}

const MAX = { 'max.message.bytes': String(16 << 20) };

test('topics that setup has made are taken', async () => {
  expect(await refusal(`topics-well-${process.pid}`, {})).toBe('');
});

test('all that is wrong about topics of others is said at once, with what to set', async () => {
  const said = await refusal(`topics-wrong-${process.pid}`, {
    entries: { configs: { 'retention.ms': '604800000', 'retention.bytes': '1000', 'cleanup.policy': 'compact' } },
    state: { configs: { ...MAX, 'cleanup.policy': 'delete', 'unclean.leader.election.enable': 'true' } },
    ids: { partitions: 3, configs: { ...MAX, 'cleanup.policy': 'compact' } },
  });
  for (const each of [
    /^JOURNAL_TOPICS: /,
    /\.entries has retention\.ms=604800000 .*?: set it to -1/,
    /\.entries has retention\.bytes=1000 .*?: set it to -1/,
    /\.entries has cleanup\.policy=compact .*?: set it to delete/,
    /\.entries has max\.message\.bytes=1048588 .*?: set it to 16777216/,
    /\.state has cleanup\.policy=delete .*?: set it to compact/,
    /\.state has unclean\.leader\.election\.enable=true .*?: set it to false/,
    /\.ids has 3 partitions, and journal\.partitions is 2/,
  ]) {
    expect(said).toMatch(each);
  }
  expect(said).not.toContain('.lanes');
});

test('without topics a start makes none', async () => {
  const config = configOf(broker().addresses.plain, `topics-none-${process.pid}`);
  const opening = openSources({ config, runtime: testRuntime(), assignment: fixed([0]) });
  await expect(opening).rejects.toMatchObject({
    code: 'JOURNAL_TOPICS',
    message: expect.stringContaining('audit-relay setup'),
  });
  expect(await setUpTopics(config, testRuntime())).toHaveLength(4);
});

test('fewer copies than two that must have a record are refused where there are two', async () => {
  const configs = { ...MAX, 'cleanup.policy': 'compact', 'min.insync.replicas': '1' };
  const wrong = Object.fromEntries(['entries', 'state', 'ids', 'lanes'].map((name) => [name, { configs }]));
  const said = await refusal(`topics-copies-${process.pid}`, wrong, { replication_factor: 3 });
  expect(said).toMatch(/min\.insync\.replicas=1 \(a yes may stand for 1 copy.*set it to 2/);
});
