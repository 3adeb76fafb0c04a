/**
 * What a relay does before any collector that is Splunk's, or as strict: the emulator on every machine, real Splunk
 * Enterprise where containers run. Where they do not, nothing else has a Splunk: its tests are skipped, and say so.
 */
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { needed } from '../services/needed.ts';
import { type Collector, emulated, type Found, real } from './collectors.ts';
import { place, until } from './relay.ts';

const EVENTS = 300;
const forever = () => AbortSignal.timeout(150_000);

const collectors = [
  { name: 'the emulator', get: emulated, isOptional: false },
  { name: 'Splunk Enterprise', get: real, isOptional: true },
];

describe.each(collectors)('$name', ({ name, get, isOptional }) => {
  const collector = needed<Collector>({ name, get, isOptional, giveBack: (it) => it.stop() });

  test.each([
    { what: 'received', token: 'plain', indexer_ack: 'auto' },
    { what: 'indexed', token: 'acking', indexer_ack: 'required' },
  ] as const)('has every event with its time, once it is $what', async ({ what, token, indexer_ack }) => {
    const { url, tokens } = collector();
    const here = await place(EVENTS);
    const host = `test-${what}`;
    const keys = { url, token: tokens[token], index: 'openai', host, indexer_ack, ack_poll_interval: '1s' };
    const { relay } = await here.run(keys, { max_events: 100 });
    await relay.caughtUp(forever());
    const found = await foundOf(host, EVENTS);
    const truth = [...here.simulator.truth()].map(({ id }) => String(id));
    expect(new Set(found.map(({ id }) => id))).toEqual(new Set(truth));
    const rest = { source: 'openai:audit_logs', sourcetype: 'openai:audit:ecs', index: 'openai' };
    expect(
      found.filter((event) => !Object.entries(rest).every(([key, value]) => Object(event)[key] === value)),
    ).toEqual([]);
    const span = found.map(({ timeMs }) => timeMs);
    expect(Math.max(...span)).toBeLessThan(Date.now() + 60_000);
    expect(Math.min(...span)).toBeGreaterThan(Date.now() - 3 * 86_400_000);
  });

  test.each([
    { what: 'a token that is not known', keys: { token: '11111111-aaaa-bbbb-cccc-1234567890ab' }, says: 'code 4' },
    { what: 'an index that is not allowed', keys: { index: 'elsewhere' }, says: 'does not allow the index elsewhere' },
  ])('refuses $what, and everything is held', async ({ keys, says }) => {
    const { url, tokens } = collector();
    const here = await place(EVENTS);
    const { relay } = await here.run({ url, token: tokens.plain, index: 'openai', host: 'test-refused', ...keys });
    await until(() => relay.status().lanes['siem']?.health === 'blocked');
    expect(relay.status().lanes['siem']).toMatchObject({
      acked: 0,
      deadLettered: 0,
      problem: expect.stringContaining(says),
    });
    expect(await collector().search('test-refused')).toEqual([]);
  });

  /** Splunk shows some seconds later what it has received. */
  async function foundOf(host: string, count: number): Promise<readonly Found[]> {
    for (;;) {
      const found = await collector().search(host);
      if (new Set(found.map(({ id }) => id)).size >= count) return found;
      await setTimeout(500);
    }
  }
});
