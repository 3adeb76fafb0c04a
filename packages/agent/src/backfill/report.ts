/** What came of a backfill: one object for a script, a few lines for a human. */
import type { ExcludedCounts } from '../exclusions.ts';
import { lengthText, pointText } from '../point-in-time.ts';
import type { BackfillOutcome, Followed } from './follow.ts';
import { count, type Estimate, type Plan } from './plan.ts';

/** `planned`: a dry run. `nothing`: all of it is journaled. `unknown`: a dry run to which the API said nothing. */
export type Ending = BackfillOutcome | 'planned' | 'nothing' | 'unknown';

/** What `--json` prints. Counts are those since the request was given. */
export interface Report {
  readonly source: string;
  /** RFC 3339 both; `from` included, `to` not. */
  readonly from: string;
  readonly to: string;
  readonly again: boolean;
  readonly outcome: Ending;
  /** How much of the time was journaled before, in seconds, by feed. */
  readonly journaled: Readonly<Record<string, number>>;
  readonly estimate?: Estimate;
  readonly counts?: Counts;
  /** Feeds that were not read, and why. */
  readonly paused?: Readonly<Record<string, string>>;
  /** What sinks leave out of the time by rules of their own, as of the begin. */
  readonly exclusions: Plan['exclusions'];
  /** How many events they have left out since the request was given, by sink and rule. */
  readonly excluded?: ExcludedCounts;
}

interface Counts {
  readonly windows: number;
  readonly events: number;
  readonly requests: number;
}

export interface Reported {
  readonly plan: Plan;
  readonly estimate: Estimate | undefined;
  readonly outcome: Ending;
  /** Undefined where nothing was asked for. */
  readonly followed: Followed | undefined;
}

export function reportOf({ plan, estimate, outcome, followed }: Reported): Report {
  const { source, from, to, again } = plan.request;
  return {
    source,
    from: pointText(from),
    to: pointText(to),
    again,
    outcome,
    journaled: Object.fromEntries(plan.feeds.map(({ feed, journaledSeconds }) => [feed, journaledSeconds])),
    ...(estimate === undefined ? {} : { estimate }),
    ...(followed === undefined ? {} : { counts: countsOf(followed), paused: followed.last.paused }),
    exclusions: plan.exclusions,
    ...(followed === undefined ? {} : { excluded: followed.excluded }),
  };
}

/** For a human, at the end. `isHeld`: an agent has the request. */
export function endingText(
  followed: Followed,
  { isHeld, tookMs }: { readonly isHeld: boolean; readonly tookMs: number },
): string {
  const { windows, events, requests } = countsOf(followed);
  const read = `read: ${count(events)} events in ${count(windows)} windows, by ${count(requests)} requests, in ${lengthText(tookMs / 1_000)}`;
  const paused = Object.entries(followed.last.paused).map(([feed, why]) => `feed ${feed} is not read: ${why}`);
  const lines = [read, ...paused, ...excludedLines(followed, isHeld), ...remaining(followed, isHeld)];
  return `${lines.join('\n')}\n`;
}

function excludedLines({ excluded }: Followed, isHeld: boolean): readonly string[] {
  // An agent may still send: its sinks are not waited for.
  const so = isHeld ? 'so far: audit-relay status counts on' : 'they were not sent';
  return Object.entries(excluded).flatMap(([sink, rules]) =>
    Object.entries(rules).map(
      ([rule, events]) => `sink ${sink} excluded ${count(events)} event(s) by its rule ${rule}, ${so}`,
    ),
  );
}

function remaining({ outcome, troubles }: Followed, isHeld: boolean): readonly string[] {
  switch (outcome) {
    case 'read':
      return ['the agent sends them on: audit-relay status says how far each sink is'];
    case 'delivered':
      return ['every sink has them'];
    case 'held':
      return [
        ...troubles,
        'what is not delivered stays in the journal, and goes out once that is mended and an agent runs',
      ];
    case 'refused':
      return ['the request stays in the journal, and goes on once that is mended and an agent runs'];
    case 'interrupted':
      return [
        isHeld
          ? 'the agent goes on with the request: audit-relay status says how far it is'
          : 'the request stays in the journal, and goes on at the next start, be it of run or of backfill',
      ];
  }
}

function countsOf({ first, last }: Followed): Counts {
  return {
    windows: last.windows - first.windows,
    events: last.events - first.events,
    requests: last.requests - first.requests,
  };
}
