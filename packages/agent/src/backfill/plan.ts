/** What is known of a time before it is read: how much of it the journal holds, and what the rest may cost. */
import { fileSink, type openSourceDoctor, type SinkOptions } from '@audit-relay/core';
import { type RuleOnSpan, spanRuleText } from '../exclusions.ts';
import type { JournalAccount, Span } from '../journal-account.ts';
import { lengthText, pointText } from '../point-in-time.ts';
import type { BackfillRequest } from './request.ts';

export type Estimate = Awaited<ReturnType<ReturnType<typeof openSourceDoctor>['estimate']>>;
type Feed = keyof Estimate['unknown'];

export interface Plan {
  readonly request: BackfillRequest;
  readonly feeds: readonly FeedPlan[];
  /** From the first to the last second that would be read; undefined when there is none. */
  readonly toRead: Span | undefined;
  /** What sinks leave out of it by rules of their own. */
  readonly exclusions: readonly RuleOnSpan[];
  /** Sinks that are files: they hold each event once. */
  readonly files: readonly string[];
}

export interface FeedPlan {
  readonly feed: Feed;
  /** How much of the time is journaled, in seconds. */
  readonly journaledSeconds: number;
  /** What is not, ascending. */
  readonly unread: readonly Span[];
  /** The API has never given a page of it: an organization without a tenant, say. */
  readonly neverAnswered: boolean;
}

export interface Known {
  /** Of the source, as configured. */
  readonly feeds: readonly Feed[];
  /** Of the source, by feed; empty without a journal. */
  readonly checkpoints: JournalAccount['checkpoints'][string];
  /** So much after the newest window may be unread without a word: a running agent is about to poll. 0: none runs. */
  readonly liveSeconds: number;
  /** As of the moment. */
  readonly exclusions: readonly RuleOnSpan[];
  /** By name. */
  readonly files: readonly string[];
}

export function planOf(request: BackfillRequest, { feeds, checkpoints, liveSeconds, ...sinks }: Known): Plan {
  const plans = feeds.map((feed): FeedPlan => {
    const { done = [], passes } = checkpoints[feed] ?? {};
    const edge = done.at(-1)?.to ?? request.from;
    const to = edge < request.to && edge >= request.to - liveSeconds ? edge : request.to;
    const unread = gapsIn({ from: request.from, to }, done);
    const journaledSeconds = to - request.from - unread.reduce((sum, span) => sum + span.to - span.from, 0);
    const neverAnswered = passes !== undefined && passes['sweep'] === undefined;
    return { feed, journaledSeconds: Math.max(0, journaledSeconds), unread, neverAnswered };
  });
  if (request.again) return { request, feeds: plans, toRead: request, ...sinks };
  const asked = plans.filter(({ neverAnswered }) => !neverAnswered);
  const unread = (asked.length === 0 ? plans : asked).flatMap((feed) => feed.unread);
  const toRead = { from: Math.min(...unread.map(({ from }) => from)), to: Math.max(...unread.map(({ to }) => to)) };
  return { request, feeds: plans, toRead: unread.length === 0 ? undefined : toRead, ...sinks };
}

/** What of `whole` none of `spans`, ascending and disjoint, covers. */
export function gapsIn(whole: Span, spans: readonly Span[]): readonly Span[] {
  const froms = [whole.from, ...spans.map(({ to }) => to)];
  const tos = [...spans.map(({ from }) => from), whole.to];
  return froms
    .map((from, index) => ({ from: Math.max(from, whole.from), to: Math.min(tos[index] ?? whole.to, whole.to) }))
    .filter(({ from, to }) => from < to);
}

/** For a human, before anything is done. */
export function planText({ request, feeds, toRead, exclusions, files }: Plan, estimate: Estimate | undefined): string {
  const { source, from, to, again } = request;
  const lines = [
    `${source}: ${pointText(from)} to ${pointText(to)} (${lengthText(to - from)})`,
    ...feeds.map((plan) => `  ${plan.feed.padEnd(12)}  ${journaledText(plan, again)}`),
    ...Object.entries(estimate?.unknown ?? {}).map(
      ([feed, why]) => `  ${feed.padEnd(12)}  cannot be looked at: ${why}`,
    ),
    ...(toRead === undefined ? ['  nothing is left to be read'] : []),
    ...(estimate === undefined || isUnknown(estimate, feeds) ? [] : [`  to read       ${costText(estimate)}`]),
    ...(toRead === undefined ? [] : exclusions.map((rule) => `  ${spanRuleText(rule, request)}`)),
    ...(again ? files.map((sink) => `  ${fileText(sink)}`) : []),
  ];
  return `${lines.join('\n')}\n`;
}

/** What to send an event again means for a file: `docs/decisions/0010-ids-beside-the-file.md`. */
export function fileText(sink: string): string {
  return `sink ${sink} is a file, which holds each event once: what was written to it is not written again`;
}

/** Which sinks are files, by name. */
export function filesAmong(sinks: Readonly<Record<string, Pick<SinkOptions, 'plugin'>>>): readonly string[] {
  return Object.entries(sinks).flatMap(([name, { plugin }]) => (plugin === fileSink ? [name] : []));
}

/** None of the feeds could be looked at. */
export function isUnknown({ unknown }: Estimate, feeds: readonly FeedPlan[]): boolean {
  return feeds.every(({ feed }) => unknown[feed] !== undefined);
}

function journaledText({ journaledSeconds, neverAnswered }: FeedPlan, again: boolean): string {
  if (neverAnswered) return 'the API has never given a page of it';
  if (journaledSeconds === 0) return 'nothing of it is journaled';
  const what = again ? 'goes out once more, marked as replay' : 'left out (--again sends it once more)';
  return `${lengthText(journaledSeconds)} of it journaled: ${what}`;
}

function costText({ events, requests, seconds }: Estimate): string {
  const least = requests === 0 ? '' : `: ${lengthText(seconds)} at least, by requests_per_second`;
  return `about ${count(events)} events, ${count(requests)} requests${least}`;
}

/** `12,345` */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}
