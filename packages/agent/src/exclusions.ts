/** What sinks leave out by rules of their own, as the commands say it: before anything is sent, and after. */
import type { RelayStatus, SinkOptions } from '@audit-relay/core';
import type { ExclusionRule } from '@audit-relay/sink';
import { pointText } from './point-in-time.ts';

/** A rule, and whose it is. */
export interface SinkRule extends ExclusionRule {
  /** The sink's name in the configuration. */
  readonly sink: string;
}

/** The rules of all sinks, offline. Those that cannot be told are left out: they are refused at the start, with their code. */
export function rulesOf(sinks: Readonly<Record<string, SinkOptions>>): readonly SinkRule[] {
  return Object.entries(sinks).flatMap(([sink, { plugin, config }]) => {
    try {
      const rules = plugin.exclusions?.(config) ?? [];
      return rules.map(({ name, events, maxAgeMs }) => ({
        sink,
        name,
        events,
        ...(maxAgeMs === undefined ? {} : { maxAgeMs }),
      }));
    } catch {
      return [];
    }
  });
}

/** `sink siem excludes events older than 18 h (old_events: exclude)`. */
export function ruleText({ sink, events }: SinkRule): string {
  return `sink ${sink} excludes ${events}`;
}

/** What a rule means for a time of the past; both in whole seconds since the epoch, `to` not included. */
export interface RuleOnSpan extends SinkRule {
  /** RFC 3339: what happened before it is excluded, where the rule goes by age; it moves on while the time is read. */
  readonly before?: string;
}

/** The rules that leave something of the time out, read at `nowMs`. */
export function rulesOn(
  span: { readonly from: number; readonly to: number },
  rules: readonly SinkRule[],
  nowMs: number,
): readonly RuleOnSpan[] {
  return rules.flatMap((rule): RuleOnSpan[] => {
    if (rule.maxAgeMs === undefined) return [rule];
    const before = Math.min(span.to, Math.floor((nowMs - rule.maxAgeMs) / 1_000));
    return before <= span.from ? [] : [{ ...rule, before: pointText(before) }];
  });
}

/** A line for each. */
export function spanRuleText(rule: RuleOnSpan, span: { readonly to: number }): string {
  const { sink, before, events } = rule;
  if (before === undefined) return ruleText(rule);
  const what = before === pointText(span.to) ? 'all of it' : `what happened before ${before}`;
  return `sink ${sink} excludes ${what}: ${events}`;
}

/** How many events each sink has excluded since the start of the process, by rule. */
export type ExcludedCounts = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Of an agent of an earlier version, which does not say, nothing. */
export function excludedOf({
  lanes,
}: {
  readonly lanes: Readonly<Record<string, Partial<Pick<RelayStatus['lanes'][string], 'excludedByRule'>>>>;
}): ExcludedCounts {
  return Object.fromEntries(Object.entries(lanes).map(([sink, { excludedByRule = {} }]) => [sink, excludedByRule]));
}

/** What `now` has more than `before`; sinks and rules that have nothing more are left out. */
export function excludedSince(before: ExcludedCounts, now: ExcludedCounts): ExcludedCounts {
  const sinks = Object.entries(now).map(([sink, counts]) => {
    const more = Object.entries(counts).map(([rule, count]) => [rule, count - (before[sink]?.[rule] ?? 0)] as const);
    return [sink, Object.fromEntries(more.filter(([, count]) => count > 0))] as const;
  });
  return Object.fromEntries(sinks.filter(([, counts]) => Object.keys(counts).length > 0));
}
