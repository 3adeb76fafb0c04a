import type { SinkOptions } from '@audit-relay/core';
import type { ExclusionRule } from '@audit-relay/sink';
import { describe, expect, test } from 'vitest';
import { excludedOf, excludedSince, rulesOf, rulesOn, ruleText, spanRuleText } from './exclusions.ts';
import { RELAY_STATUS } from './status/relay-status.test.fixture.ts';

const HOUR_MS = 3_600_000;
const old = { name: 'old', events: 'events older than 18 h (old_events: exclude)', maxAgeMs: 18 * HOUR_MS };
/** 2026-03-02T00:00:00Z, in seconds. */
const NOW = Date.UTC(2026, 2, 2) / 1_000;

/** Of a sink only what is asked here. */
const sinkOf = (exclusions?: (config: unknown) => readonly ExclusionRule[]): SinkOptions =>
  ({ plugin: { exclusions }, config: { old_events: 'exclude' } }) as unknown as SinkOptions;

test('rules are told by sink; one that cannot be told is no hindrance here', () => {
  const broken = (): never => {
    throw new Error('no');
  };
  const seen: unknown[] = [];
  const told = sinkOf((config) => {
    seen.push(config);
    return [old];
  });
  expect(rulesOf({ lake: sinkOf(), siem: told, odd: sinkOf(broken) })).toEqual([{ sink: 'siem', ...old }]);
  expect(seen).toEqual([{ old_events: 'exclude' }]);
  expect(ruleText({ sink: 'siem', ...old })).toBe('sink siem excludes events older than 18 h (old_events: exclude)');
});

describe('of a time of the past, a rule by age', () => {
  const hours = (from: number, to: number): { from: number; to: number } => ({
    from: NOW - from * 3_600,
    to: NOW - to * 3_600,
  });
  test.each([
    { name: 'leaves all of it out', span: hours(48, 20), says: 'excludes all of it: events older' },
    { name: 'leaves all of it out to the second', span: hours(48, 18), says: 'excludes all of it: events older' },
    {
      name: 'leaves its begin out',
      span: hours(48, 0),
      says: 'what happened before 2026-03-01T06:00:00Z: events older',
    },
    { name: 'leaves nothing out', span: hours(18, 0), says: undefined },
  ])('$name', ({ span, says }) => {
    const lines = rulesOn(span, [{ sink: 'siem', ...old }], NOW * 1_000).map((rule) => spanRuleText(rule, span));
    expect(lines).toEqual(says === undefined ? [] : [expect.stringContaining(says)]);
  });

  test('one by something else is said as it is', () => {
    const rule = { sink: 'siem', name: 'dull', events: 'reads (dull: exclude)' };
    const span = hours(1, 0);
    expect(rulesOn(span, [rule], NOW * 1_000).map((each) => spanRuleText(each, span))).toEqual([ruleText(rule)]);
  });
});

test('counts are those since, and an agent that does not say has none', () => {
  const before = excludedOf(RELAY_STATUS);
  expect(before).toEqual({ siem: { old: 4 } });
  expect(excludedSince(before, { siem: { old: 4, dull: 2 }, lake: { old: 1 } })).toEqual({
    siem: { dull: 2 },
    lake: { old: 1 },
  });
  expect(excludedSince(before, before)).toEqual({});
  // As one of an earlier version answers.
  expect(excludedOf({ lanes: { siem: {} } })).toEqual({ siem: {} });
});
