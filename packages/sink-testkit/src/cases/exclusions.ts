/** Cases on what a sink leaves out: by rules that it has told, and nothing else, whatever the age of an event. */
import type { Batch, ExclusionRule, SendResult } from '@audit-relay/sink';
import { expect, test } from 'vitest';
import { batchOf, envelopes } from '../envelopes.ts';
import type { SinkUnderTest } from '../under-test.ts';
import { CASE_MS, onStage, withPeer } from './stage.ts';

const HOUR_MS = 3_600_000;
/** How old events were when they were received: from just now to two years, with what peers are known to draw a line at. */
const AGES_MS: readonly number[] = [0, 1, 17, 19, 25, 24 * 8, 24 * 31, 24 * 366, 24 * 731].map(
  (hours) => hours * HOUR_MS,
);

/** Registers them in the caller's `describe`. */
export function exclusionCases<Config>(under: SinkUnderTest<Config>): void {
  const { plugin } = under;
  const rulesOf = (config: unknown): readonly ExclusionRule[] =>
    plugin.exclusions?.(plugin.configSchema.parse(config)) ?? [];

  test('states what it excludes so that it can be told and counted', () =>
    withPeer(under, async ({ config }) => {
      const rules = rulesOf(config);
      expect(new Set(rules.map(({ name }) => name)).size, 'each rule once').toBe(rules.length);
      for (const { name, events, maxAgeMs = 0 } of rules) {
        expect(name).toMatch(/^(?!when$)[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
        expect(name.length, 'characters of a name').toBeLessThanOrEqual(32);
        expect(events.trim(), `which events ${name} excludes`).not.toBe('');
        expect(maxAgeMs, `maxAgeMs of ${name}`).toBeGreaterThanOrEqual(0);
      }
    }));

  test('delivers events of any age, or says that it excludes them', { timeout: CASE_MS }, () =>
    onStage(under, async ({ session, config, delivered }) => {
      const excluded = new Map<string, string>();
      const sent: string[] = [];
      for (let from = 0; from < AGES_MS.length; from += session.limits.maxEvents) {
        const ages = AGES_MS.slice(from, from + session.limits.maxEvents);
        const batch = batchOf(
          envelopes(ages.length, { id: (index) => `aged-${from + index}`, ageMs: (index) => ages[index] ?? 0 }),
        );
        const result = await session.send(batch);
        for (const [id, rule] of leftOutOf(result, batch)) excluded.set(id, rule);
        sent.push(...batch.envelopes.map(({ id }) => id));
      }
      const { ids } = await delivered();
      expect(ids, 'delivered').toEqual(sent.filter((id) => !excluded.has(id)));
      expectWithinRules(excluded, rulesOf(config));
    }),
  );
}

/** The rule of each event that was excluded; fails the case when any was neither that nor acked. */
function leftOutOf(result: SendResult, { envelopes: list }: Batch): ReadonlyMap<string, string> {
  if (result.kind === 'acked') return new Map();
  const failures = result.kind === 'partial' ? result.failures : list.map((_, index) => ({ index, failure: result }));
  return new Map(
    failures.map(({ index, failure }) => {
      const id = list[index]?.id ?? '';
      if (failure.kind === 'excluded') return [id, failure.rule] as const;
      throw new Error(`${id} is neither taken nor excluded, but ${failure.kind}: ${failure.reason}`);
    }),
  );
}

/** A rule by age keeps to the age that it states, in both ways. */
function expectWithinRules(excluded: ReadonlyMap<string, string>, rules: readonly ExclusionRule[]): void {
  for (const { name, maxAgeMs } of rules) {
    if (maxAgeMs === undefined) continue;
    AGES_MS.forEach((ageMs, index) => {
      const isExcluded = excluded.get(`aged-${index}`) === name;
      const says = `${name}: an event that was ${ageMs / HOUR_MS} h old, of at most ${maxAgeMs / HOUR_MS} h, is excluded`;
      if (ageMs <= maxAgeMs) expect(isExcluded, says).toBe(false);
      else if (!excluded.has(`aged-${index}`)) expect(isExcluded, says).toBe(true);
    });
  }
}
