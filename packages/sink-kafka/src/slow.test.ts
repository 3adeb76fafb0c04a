/**
 * Brokers that are slow at each step, and within the limit of each: what goes on is waited for. A limit for all steps together
 * would be reached at every try, and what was reached so far be thrown away each time: the lane would never deliver anything.
 */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { world } from './__fixtures__/world.ts';
import { kafkaConfigSchema } from './config.ts';
import { ownSendMs } from './limits.ts';
import { Overdue, within } from './within.ts';

/** Each answer takes a good half of what it may take; five of them go before the first record, and four before doctor's first finding. */
const SLOW = { connect_timeout: '2s', request_timeout: '2s' };
const ANSWER_MS = 1_100;

test('a send that goes on is waited for, and so is a question of doctor', async () => {
  const sasl = { mechanism: 'plain', username: 'ada', password: 'right' };
  const { cluster, send, check } = await world({ config: { sasl, ...SLOW, idempotent: true } });
  cluster.users = new Map([['ada', 'right']]);
  cluster.answerMs = ANSWER_MS;
  const [result, checks] = await Promise.all([send(100), check()]);
  expect(result).toEqual({ kind: 'acked' });
  expect(cluster.ids).toHaveLength(100);
  expect(checks.filter(({ verdict }) => verdict === 'fail')).toEqual([]);
  expect(checks.map(({ name }) => name)).toContain('write');
}, 60_000);

test('the limit of a whole send leaves room for every step at its longest', () => {
  const config = kafkaConfigSchema.parse({ brokers: ['k:1'], topic: 'audit' });
  // To the first broker, the controller and a leader, each with its version and three questions of SASL.
  const connections = 3 * (config.connect_timeout + 4 * config.request_timeout);
  const metadataIdAndProduce = 3 * config.request_timeout;
  expect(ownSendMs(config)).toBeGreaterThanOrEqual(connections + metadataIdAndProduce);
});

describe('a client', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** For which it is waited, when something is heard at these moments. */
  async function waitedMs(heardAtMs: readonly number[], bounds: { limitMs: number; silenceMs: number }) {
    const begunMs = Date.now();
    const heard = (): number => heardAtMs.filter((atMs) => atMs <= Date.now() - begunMs).length;
    const { signal } = new AbortController();
    const never = new Promise<never>(() => undefined);
    const ended = within(never, { limitMs: bounds.limitMs, signal, silence: { silenceMs: bounds.silenceMs, heard } });
    const told = expect(ended).rejects.toThrow(Overdue);
    await vi.runAllTimersAsync();
    await told;
    expect(vi.getTimerCount()).toBe(0);
    return Date.now() - begunMs;
  }

  test.each([
    ['that never says anything: for one silence', [], 100],
    ['that says something and then nothing: for a silence after it', [50, 150], 300],
    ['that goes on: until the limit of all', Array.from({ length: 20 }, (_, index) => index * 60), 1_000],
  ])('%s', async (_, heardAtMs, expected) => {
    const waited = await waitedMs(heardAtMs, { limitMs: 1_000, silenceMs: 100 });
    expect(waited).toBe(expected);
  });
});
