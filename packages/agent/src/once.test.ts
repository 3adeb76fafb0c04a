/** Whoever reads once ends when everything is delivered, or with a word when the API does not answer or a sink takes nothing. */
import { RelayError, type RelayStatus } from '@audit-relay/core';
import { describe, expect, test } from 'vitest';
import { missingOf, untilDelivered } from './once.ts';
import { RELAY_STATUS } from './status/relay-status.test.fixture.ts';

interface Moment {
  /** Of the sink; absent: `ok`. */
  readonly sink?: 'retrying' | 'blocked' | 'stopped';
  readonly lastAckMs?: number;
  readonly health: 'ok' | 'starting' | 'retrying' | 'paused';
  readonly lastAnswerMs?: number;
}

const refused = 'ECONNREFUSED: nobody listens at 127.0.0.1:1';

/** A clock that a wait moves on by itself, and a relay that stands at `momentAt(seconds)`. */
function world(momentAt: (seconds: number) => Moment, deliveredAtSeconds = Number.POSITIVE_INFINITY) {
  let nowMs = 0;
  let deliver = (): void => undefined;
  const delivered = new Promise<void>((resolve) => {
    deliver = resolve;
  });
  const status = (): RelayStatus => {
    const { acme } = structuredClone(RELAY_STATUS).sources;
    const feed = acme?.feeds.organization;
    if (acme === undefined || feed === undefined) throw new Error('the fixture has a feed');
    const { lastAnswerMs: _, ...rest } = feed;
    const { health, lastAnswerMs, sink, lastAckMs } = momentAt(nowMs / 1_000);
    const { siem } = structuredClone(RELAY_STATUS).lanes;
    if (siem === undefined) throw new Error('the fixture has a sink');
    const lane = { ...siem, health: sink ?? ('ok' as const), ...(lastAckMs === undefined ? {} : { lastAckMs }) };
    const organization = {
      ...rest,
      health,
      ...(health === 'retrying' ? { problem: refused } : {}),
      ...(lastAnswerMs === undefined ? {} : { lastAnswerMs }),
    };
    return { ...RELAY_STATUS, sources: { acme: { ...acme, feeds: { organization } } }, lanes: { siem: lane } };
  };
  const runtime = {
    elapsedMs: () => nowMs,
    sleep: async (ms: number, signal: AbortSignal) => {
      signal.throwIfAborted();
      nowMs += ms;
      if (nowMs >= deliveredAtSeconds * 1_000) deliver();
    },
  };
  const caughtUp = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      void delivered.then(resolve);
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  const until = (signal: AbortSignal = new AbortController().signal): Promise<string | undefined> =>
    untilDelivered({ status, caughtUp }, { runtime, patienceMs: 30_000 }, signal);
  return { until, seconds: () => nowMs / 1_000 };
}

test('everything is delivered', async () => {
  expect(await world(() => ({ health: 'ok' }), 5).until()).toBeUndefined();
});

test.each<{ name: string; momentAt: (seconds: number) => Moment; endsAt: number }>([
  { name: 'from the first second', momentAt: () => ({ health: 'retrying' }), endsAt: 30 },
  {
    name: 'after it did',
    momentAt: (seconds) => ({ health: seconds < 10 ? 'ok' : 'retrying', lastAnswerMs: 5 }),
    endsAt: 40,
  },
])('an API that does not answer $name ends it with the reason', async ({ momentAt, endsAt }) => {
  const { until, seconds } = world(momentAt, 100);
  expect(await until()).toBe(`acme/organization: no answer for 30 s: ${refused}`);
  expect(seconds()).toBe(endsAt);
});

test.each<{ name: string; momentAt: (seconds: number) => Moment }>([
  { name: 'fails now and then and answers between', momentAt: (now) => ({ health: 'retrying', lastAnswerMs: now }) },
  { name: 'fails for less than half a minute', momentAt: (now) => ({ health: now % 30 < 29 ? 'retrying' : 'ok' }) },
  { name: 'refuses, which core ends by itself', momentAt: () => ({ health: 'paused' }) },
])('an API that $name is waited for', async ({ momentAt }) => {
  expect(await world(momentAt, 200).until()).toBeUndefined();
});

test('a signal ends the wait', async () => {
  const stopped = AbortSignal.abort(new RelayError('STOPPED', 'stopped by SIGINT'));
  await expect(world(() => ({ health: 'ok' })).until(stopped)).rejects.toMatchObject({ code: 'STOPPED' });
});

test.each(['retrying', 'blocked', 'stopped'] as const)('a sink that is %s and takes nothing ends it', async (sink) => {
  const { until, seconds } = world(() => ({ health: 'ok', sink }), 100);
  expect(await until()).toBe('sink siem: nothing taken for 30 s: HTTP 401: check the token');
  expect(seconds()).toBe(30);
});

test('a sink that fails now and then and takes something between is waited for', async () => {
  const { until } = world((now) => ({ health: 'ok', sink: 'retrying', lastAckMs: Math.floor(now / 10) }), 200);
  expect(await until()).toBeUndefined();
});

describe('what of it arrived', () => {
  const whole = { ...RELAY_STATUS, sources: {}, lanes: {} };
  const { acme } = RELAY_STATUS.sources;
  const { siem } = RELAY_STATUS.lanes;
  if (acme === undefined || siem === undefined) throw new Error('the fixture has a source and a sink');
  const { organization, tenant } = acme.feeds;
  if (organization === undefined || tenant === undefined) throw new Error('the fixture has both feeds');
  const refused: typeof organization = { ...organization, health: 'paused', problem: 'the key is wrong' };

  test.each<{ name: string; status: RelayStatus; missing: readonly string[] }>([
    { name: 'all', status: { ...whole, lanes: { siem: { ...siem, deadLettered: 0 } } }, missing: [] },
    {
      name: 'all, of an organization without a tenant',
      status: { ...whole, sources: { acme: { ...acme, feeds: { organization, tenant } } } },
      missing: [],
    },
    {
      name: 'nothing, as the key is refused',
      status: { ...whole, sources: { acme: { ...acme, feeds: { organization: refused } } } },
      missing: ['source acme, feed organization: the key is wrong'],
    },
    {
      name: 'all but dead letters',
      status: { ...whole, lanes: { siem } },
      missing: ['sink siem: 2 event(s) became dead letters: audit-relay dead-letters list'],
    },
  ])('$name', ({ status, missing }) => {
    expect(missingOf(status, status)).toEqual(missing);
  });
});
