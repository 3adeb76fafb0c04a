/**
 * Which events a lane may have left out, life by life: what a filter of that life names, and what Datadog's sink may not send any
 * more. Each needs two witnesses: the life's log tells that the lane had the event in its hands and let it go, and what the
 * harness itself knows, the filters that it wrote and the time of the servers, says that it was right to.
 */
import { EXCLUDABLE, SINKS, type SinkName } from './schedule.ts';

/** What a life's log tells, by lane: ids. */
export interface LeftOutTold {
  /** By `when`. */
  readonly filtered: ReadonlyMap<string, ReadonlySet<string>>;
  /** By a rule of the sink's own. */
  readonly ruledOut: ReadonlyMap<string, ReadonlySet<string>>;
}

/** A life as far as it may leave something out. */
export interface LeavingLife extends LeftOutTold {
  /** Sinks whose lane had a filter in this life, be it for a part of it. */
  readonly filters: ReadonlySet<SinkName>;
  /** When it ended, by the clock of servers, in milliseconds: a host's own may be wrong, which must cost nothing. */
  readonly endedMs: number;
}

export interface LeftOutEvent {
  readonly id: string;
  /** Undefined: not known. */
  readonly type: string | undefined;
  readonly atMs: number;
  /** By the journal that stands at the end; undefined: it does not hold it, or holds a later copy than the one in question. */
  readonly receivedMs: number | undefined;
}

/** docs.datadoghq.com/api/latest/logs/#send-logs: what is older is dropped without a word, so the sink leaves it out. */
const OLD_MS = 18 * 3_600_000;

interface Line {
  readonly code: string;
  readonly lane: string;
  readonly ids?: readonly string[];
  readonly excluded_ids?: readonly string[];
}

const WANTED = /"code":"(?:EVENTS_FILTERED|BATCH_SETTLED)"/;

/** @param talk a log at `debug`, whose last line may be torn. */
export function leftOut(talk: string): LeftOutTold {
  const filtered = new Map<string, Set<string>>();
  const ruledOut = new Map<string, Set<string>>();
  for (const text of talk.split('\n').slice(0, -1)) {
    if (!WANTED.test(text)) continue;
    const { code, lane, ids = [], excluded_ids = [] } = JSON.parse(text) as Line;
    if (code === 'EVENTS_FILTERED') add(filtered, lane, ids);
    else add(ruledOut, lane, excluded_ids);
  }
  return { filtered, ruledOut };
}

function add(to: Map<string, Set<string>>, lane: string, ids: readonly string[]): void {
  const known = to.get(lane) ?? new Set();
  to.set(lane, known);
  for (const id of ids) known.add(id);
}

/** By which rules some life was right to leave it out: none, and it must be at the peer. */
export function excuses(sink: SinkName, event: LeftOutEvent, lives: readonly LeavingLife[]): ReadonlySet<string> {
  const { id, type, atMs, receivedMs } = event;
  const rules = new Set<string>();
  for (const { filters, filtered, ruledOut, endedMs } of lives) {
    if (filtered.get(sink)?.has(id) === true && filters.has(sink) && type === EXCLUDABLE) rules.add('when');
    const wasOld = endedMs - atMs > OLD_MS && (receivedMs === undefined || receivedMs - atMs > OLD_MS);
    if (sink === 'datadog' && ruledOut.get(sink)?.has(id) === true && wasOld) rules.add('old');
  }
  return rules;
}

/** What was left out against the rules, whether or not it came to the peer in another life: one sentence each. */
export function wronglyLeftOut(
  events: ReadonlyMap<string, LeftOutEvent>,
  lives: readonly LeavingLife[],
): readonly string[] {
  return lives.flatMap((life, number) =>
    SINKS.flatMap((sink) => {
      const told = new Set([...(life.filtered.get(sink) ?? []), ...(life.ruledOut.get(sink) ?? [])]);
      return [...told].flatMap((id) => {
        const event = events.get(id);
        if (event === undefined || excuses(sink, event, [life]).size > 0) return [];
        return [`${sink}: life ${number} left ${id} out, which neither its filter nor its age allows`];
      });
    }),
  );
}
