/** What doctor finds, of a cluster in each of the states that it can name. */
import type { Check } from '@audit-relay/sink';
import { describe, expect, test } from 'vitest';
import { world } from '../__fixtures__/world.ts';
import type { Cluster } from '../emulator/cluster.ts';

async function found(change: (cluster: Cluster) => unknown, config: object = {}): Promise<readonly Check[]> {
  const { cluster, check } = await world({ nodes: 2, config });
  await change(cluster);
  const findings = await check();
  expect(cluster.held.length + cluster.created.length).toBe(0);
  return findings;
}

const verdicts = (findings: readonly Check[]): Record<string, string> =>
  Object.fromEntries(findings.map(({ name, verdict }) => [name, verdict]));

test('a well cluster is found well, and nothing is written', async () => {
  const findings = await found(() => undefined);
  expect(new Set(findings.map(({ verdict }) => verdict))).toEqual(new Set(['ok']));
  expect(findings.map(({ name }) => name)).toEqual([
    'reach',
    'brokers',
    'tls',
    'credentials',
    'protocol',
    'topic',
    'partitions',
    'min.insync.replicas',
    'max.message.bytes',
    'message.timestamp',
    'retention.ms',
    'write',
    'clock',
  ]);
});

describe('what is not well has a finding of its own', () => {
  const sasl = { mechanism: 'plain', username: 'ada', password: 'right' };
  type Case = [name: string, change: (cluster: Cluster) => unknown, verdict: object, words: RegExp, config?: object];
  const cases: readonly Case[] = [
    ['nobody there', (cluster) => cluster.stop(), { reach: 'fail' }, /refuses the connection/],
    [
      'an address that is advertised and not reached',
      (cluster) => {
        cluster.advertised[1] = '127.0.0.1:1';
      },
      { brokers: 'warn' },
      /127\.0\.0\.1:1.*advertised\.listeners/,
    ],
    [
      'wrong credentials',
      (cluster) => {
        cluster.users = new Map([['ada', 'other']]);
      },
      { credentials: 'fail' },
      /refuses the credentials/,
      { sasl },
    ],
    [
      'no topic',
      (cluster) => {
        cluster.topicCode = 3;
      },
      { topic: 'fail' },
      /no topic audit.*set create_topic/,
    ],
    [
      'no topic, and a plan for it',
      (cluster) => {
        cluster.topicCode = 3;
      },
      { topic: 'fail' },
      /run audit-relay setup/,
      { create_topic: { partitions: 1 } },
    ],
    [
      'a topic that we may not know of',
      (cluster) => {
        cluster.topicCode = 29;
      },
      { topic: 'fail' },
      /Write and Describe/,
    ],
    [
      'a partition without a leader',
      (cluster) => {
        cluster.leaders[2] = -1;
      },
      { partitions: 'fail' },
      /no broker leads 2/,
    ],
    [
      'a copy that is behind',
      (cluster) => {
        cluster.inSync = 2;
      },
      { partitions: 'warn' },
      /not in sync/,
    ],
    ['one copy is enough for a yes', set({ 'min.insync.replicas': '1' }), { 'min.insync.replicas': 'warn' }, /1 of 3/],
    [
      'more copies wanted than there are',
      set({ 'min.insync.replicas': '4' }),
      { 'min.insync.replicas': 'fail' },
      /4 of 3/,
    ],
    ['a smaller limit', set({ 'max.message.bytes': '20000' }), { 'max.message.bytes': 'warn' }, /20000/],
    [
      'a short memory for times',
      set({ 'message.timestamp.before.max.ms': '60000' }),
      { 'message.timestamp': 'warn' },
      /60 s back/,
    ],
    ['a short retention', set({ 'retention.ms': '3600000' }), { 'retention.ms': 'warn' }, /1 h from the event/],
    [
      'compaction by actor',
      set({ 'cleanup.policy': 'compact,delete' }),
      { 'cleanup.policy': 'fail' },
      /last event of each actor.* key: event\.id/,
      { key: 'actor' },
    ],
    [
      'compaction without a key',
      set({ 'cleanup.policy': 'compact' }),
      { 'cleanup.policy': 'fail' },
      /no record without a key/,
      { key: 'none' },
    ],
    [
      'settings that may not be read',
      (cluster) => cluster.codes.set('DescribeConfigs', 29),
      { settings: 'warn' },
      /DescribeConfigs/,
    ],
    [
      'no right to write',
      (cluster) => {
        cluster.act = () => ({ codes: { 0: 29, 1: 29, 2: 29 } });
      },
      { write: 'fail' },
      /grant Write/,
    ],
    [
      'an answer that tells nothing of the right to write',
      (cluster) => {
        cluster.act = () => ({ codes: { 0: -1, 1: -1, 2: -1 } });
      },
      { write: 'warn' },
      /cannot be known without writing/,
    ],
  ];
  test.each(cases)('%s', async (_, change, ...[verdict, words, config]) => {
    const findings = await found(change, config);
    expect(verdicts(findings)).toMatchObject(verdict);
    const [name = ''] = Object.keys(verdict);
    const one = findings.find((check) => check.name === name);
    expect(`${one?.detail} ${one?.fix}`).toMatch(words);
    expect(one?.fix ?? '').not.toBe('');
  });
});

describe('a topic whose records', () => {
  test.each([
    ['get the time of their arrival', { 'message.timestamp.type': 'LogAppendTime', 'retention.ms': '1000' }],
    ['are compacted', { 'cleanup.policy': 'compact', 'retention.ms': '1000' }],
    ['stay for ever', { 'retention.ms': '-1' }],
    ['may be of any time', { 'message.timestamp.before.max.ms': '9223372036854775807' }],
  ])('%s is well', async (_, settings) => {
    expect(new Set((await found(set(settings))).map(({ verdict }) => verdict))).toEqual(new Set(['ok']));
  });
});

test('records that are ahead of this host’s clock say that a clock is wrong', async () => {
  const { cluster, check, context } = await world();
  const timestampMs = context.now() + 3_600_000;
  cluster.held.push({ partition: 0, offset: 0, key: null, value: '{}', headers: {}, timestampMs });
  expect(verdicts(await check())).toMatchObject({ clock: 'warn' });
});

test('a signal that has fired ends it with what is known', async () => {
  const { sink } = await world();
  const findings = await sink.check(AbortSignal.abort(new Error('enough')));
  expect(verdicts(findings)).toEqual({ reach: 'fail' });
});

function set(settings: Readonly<Record<string, string>>): (cluster: Cluster) => void {
  return (cluster) => {
    cluster.settings = { ...cluster.settings, ...settings };
  };
}
