/** Cases on what a plugin declares before anything is sent: config, limits, documents. */
import type { SinkLimits } from '@audit-relay/sink';
import { expect, test } from 'vitest';
import { envelopes } from '../envelopes.ts';
import { isNotApplicable, type SinkUnderTest } from '../under-test.ts';
import { withPeer } from './stage.ts';

/** Registers them in the caller's `describe`. */
export function declarationCases<Config>(under: SinkUnderTest<Config>): void {
  const { plugin } = under;

  test('has a hyphened type', () => {
    expect(plugin.type).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
  });

  test('takes the config and refuses an unknown key', () =>
    withPeer(under, async ({ config }) => {
      const known = plugin.configSchema.safeParse(config);
      expect(known.success, String(known.error)).toBe(true);
      // An object by the contract: a sink's YAML is a mapping.
      const withUnknown = { ...(config as object), no_such_key: 1 };
      expect(plugin.configSchema.safeParse(withUnknown).success, 'with no_such_key').toBe(false);
    }));

  test('states limits that core can keep', () =>
    withPeer(under, async ({ config }) => {
      expectSaneLimits(plugin.limits(plugin.configSchema.parse(config)));
    }));

  test('states which documents it takes', () =>
    withPeer(under, async ({ config }) => {
      const formats = plugin.document?.(plugin.configSchema.parse(config)).formats ?? ['ecs'];
      expect(formats.length, 'formats').toBeGreaterThan(0);
      expect(new Set(formats).size, 'each format once').toBe(formats.length);
      expect(['ecs', 'ocsf', 'raw']).toEqual(expect.arrayContaining([...formats]));
    }));

  const { locate } = plugin;
  if (locate !== undefined) {
    test('says of a test event how it is found', () =>
      withPeer(under, async ({ config }) => {
        const [event] = envelopes(1);
        if (event === undefined) throw new Error('no envelope');
        const words = locate(event, plugin.configSchema.parse(config));
        expect(words, 'the id in it').toContain(event.id);
        if (!isNotApplicable(under.secret)) expect(words, 'no secret').not.toContain(under.secret);
      }));
  }

  overwriteCases(under);
  fileCases(under);
  if (isNotApplicable(under.secret)) {
    test(`has no credential to hide: ${under.secret.none}`, () => undefined);
    return;
  }
  const { secret } = under;
  test('holds the secret in its config, so that a leak would be seen', () =>
    withPeer(under, async ({ config }) => {
      expect(JSON.stringify(config)).toContain(JSON.stringify(secret).slice(1, -1));
    }));
}

/** Only of a plugin that has any. */
function fileCases<Config>(under: SinkUnderTest<Config>): void {
  const { plugin } = under;
  const { files } = plugin;
  if (files === undefined) return;
  test('gives the same files each time, each with a plain name and what it is', () =>
    withPeer(under, async ({ config }) => {
      const parsed = plugin.configSchema.parse(config);
      const [first, again] = [await files.call(plugin, parsed), await files.call(plugin, parsed)];
      expect(again).toEqual(first);
      expect(first.filter(({ name }) => /[/\\]|^\.*$/.test(name))).toEqual([]);
      expect(new Set(first.map(({ name }) => name)).size, 'each name once').toBe(first.length);
      expect(first.filter(({ content, detail }) => content.length === 0 || detail === '')).toEqual([]);
    }));
}

const HOUR_MS = 3_600_000;
const GIB = 1024 ** 3;

/** What is beyond is a slip, or stands for "no limit": a sink has to say what it and its peer can truly hold. */
const MOST: Readonly<Required<SinkLimits>> = {
  maxEvents: 1_000_000,
  maxBytes: GIB,
  maxEventBytes: GIB,
  maxInFlight: 10_000,
  maxUnackedBytes: 64 * GIB,
  sendMs: HOUR_MS,
  confirmMs: 24 * HOUR_MS,
};

/** Core divides, compares and sets timers by these, so each must be a number that it can use. */
function expectSaneLimits(limits: SinkLimits): void {
  const { maxEvents, maxBytes, maxEventBytes, maxInFlight, maxUnackedBytes, sendMs, confirmMs } = limits;
  expectInRange({ maxEvents, maxBytes, maxEventBytes, maxInFlight, sendMs });
  expect(maxEventBytes, 'one event fits into a batch').toBeLessThanOrEqual(maxBytes);
  expect(confirmMs === undefined, 'confirmMs and maxUnackedBytes come together').toBe(maxUnackedBytes === undefined);
  if (maxUnackedBytes === undefined || confirmMs === undefined) return;
  expectInRange({ maxUnackedBytes, confirmMs });
  expect(maxUnackedBytes, 'a whole batch may be unconfirmed').toBeGreaterThanOrEqual(maxBytes);
}

function expectInRange(limits: Partial<SinkLimits>): void {
  for (const [name, value] of Object.entries(limits)) {
    // The names are those of `SinkLimits`.
    const most = MOST[name as keyof SinkLimits];
    const isSane = Number.isSafeInteger(value) && value >= 1 && value <= most;
    expect(isSane, `${name} is a whole number from 1 to ${most}: ${value}`).toBe(true);
  }
}

function overwriteCases<Config>(under: SinkUnderTest<Config>): void {
  const { overwriteRefusal, configSchema } = under.plugin;
  if (overwriteRefusal === undefined) return;
  test('says why it cannot overwrite, or nothing', () =>
    withPeer(under, async ({ config }) => {
      const words = overwriteRefusal(configSchema.parse(config));
      expect(words?.trim(), 'the reason').not.toBe('');
      if (!isNotApplicable(under.secret)) expect(words ?? '', 'no secret').not.toContain(under.secret);
    }));
}
