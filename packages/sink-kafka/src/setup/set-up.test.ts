import type { SetupStep } from '@audit-relay/sink';
import { testContext } from '@audit-relay/sink-testkit';
import { describe, expect, onTestFinished, test } from 'vitest';
import { yamlFor } from '../__fixtures__/world.ts';
import { Cluster } from '../emulator/cluster.ts';
import { kafka } from '../plugin.ts';

const PLAN = { partitions: 3, config: { 'min.insync.replicas': 2 } };
const UNKNOWN = 3;

interface Run {
  readonly topicCode?: number;
  readonly config?: object;
  readonly dryRun?: boolean;
  readonly code?: number;
}

async function setUp({ topicCode = 0, config = { create_topic: PLAN }, dryRun = false, code = 0 }: Run) {
  const cluster = await Cluster.start();
  onTestFinished(() => cluster.stop());
  cluster.topicCode = topicCode;
  cluster.codes.set('CreateTopics', code);
  const parsed = kafka.configSchema.parse({ ...yamlFor(cluster), ...config });
  const call = { dryRun, signal: new AbortController().signal };
  const [step] = (await kafka.setup?.(parsed, testContext(), call)) ?? [];
  return { cluster, step };
}

describe('set-up of the topic', () => {
  const cases: readonly [name: string, run: Run, expected: Partial<SetupStep>, created: readonly string[]][] = [
    [
      'makes one that is not there',
      { topicCode: UNKNOWN },
      { outcome: 'created' },
      ['audit 3 3 min.insync.replicas=2'],
    ],
    [
      'only says so on a dry run, which the brokers have judged',
      { topicCode: UNKNOWN, dryRun: true },
      { outcome: 'created' },
      [],
    ],
    ['leaves one that is as planned', {}, { outcome: 'current' }, []],
    [
      'changes none that is there: a topic bears no mark of whose it is',
      { config: { create_topic: { ...PLAN, partitions: 12 } } },
      { outcome: 'left alone', detail: 'it is there, with 3 partitions, not 12' },
      [],
    ],
    [
      'tells settings that differ',
      { config: { create_topic: { ...PLAN, config: { 'min.insync.replicas': 1 } } } },
      { outcome: 'left alone', detail: 'it is there, with min.insync.replicas 2, not 1' },
      [],
    ],
    ['needs no plan for one that is there', { config: {} }, { outcome: 'current' }, []],
    ['makes none without a plan', { config: {}, topicCode: UNKNOWN }, { outcome: 'left alone' }, []],
    ['takes one that somebody else has just made', { topicCode: UNKNOWN, code: 36 }, { outcome: 'current' }, []],
    [
      'names the right that is missing',
      { topicCode: UNKNOWN, code: 29 },
      { outcome: 'failed', fix: expect.stringContaining('grant Create') },
      [],
    ],
    [
      'names too few brokers for the copies',
      { topicCode: UNKNOWN, code: 38 },
      { outcome: 'failed', fix: expect.stringContaining('replication_factor') },
      [],
    ],
    [
      'names a policy',
      { topicCode: UNKNOWN, code: 44 },
      { outcome: 'failed', fix: expect.stringContaining('policy') },
      [],
    ],
    [
      'is run again after any other no',
      { topicCode: UNKNOWN, code: 41 },
      { outcome: 'failed', fix: expect.stringContaining('run it again') },
      [],
    ],
  ];
  test.each(cases)('%s', async (_, run, ...[expected, created]) => {
    const { cluster, step } = await setUp(run);
    expect(step).toMatchObject({ name: 'topic audit', ...expected });
    expect(cluster.created).toEqual(created);
    await expect.poll(() => cluster.openSockets).toBe(0);
  });

  test('fails with words where nobody is there', async () => {
    const cluster = await Cluster.start();
    await cluster.stop();
    const config = kafka.configSchema.parse({ ...yamlFor(cluster), create_topic: PLAN });
    const steps = await kafka.setup?.(config, testContext(), { dryRun: false, signal: new AbortController().signal });
    expect(steps).toMatchObject([{ outcome: 'failed', detail: expect.stringContaining('refuses the connection') }]);
  });

  test('asks nobody once its signal has fired', async () => {
    const cluster = await Cluster.start();
    onTestFinished(() => cluster.stop());
    const config = kafka.configSchema.parse({ ...yamlFor(cluster), create_topic: PLAN });
    const steps = await kafka.setup?.(config, testContext(), { dryRun: false, signal: AbortSignal.abort() });
    expect(steps).toMatchObject([{ outcome: 'failed' }]);
    expect(cluster.asked).toEqual([]);
  });
});
