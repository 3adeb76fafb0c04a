/** One sink as `status` shows it: what the journal says of its lane, with what a running agent reports laid over it. */
import type { RelayStatus } from '@audit-relay/core';
import type { ExclusionRule } from '@audit-relay/sink';
import type { SinkRule } from '../exclusions.ts';
import type { JournalAccount } from '../journal-account.ts';
import { type ReplayView, replayOf } from '../replay/status.ts';
import { healthOf } from './feed.ts';
import { timeNamed } from './time.ts';

type LaneStatus = RelayStatus['lanes'][string];

/** One lane, by the name of its sink; `behind` counts entries after its saved cursor. */
export interface SinkView {
  readonly sink: string;
  /** Absent while no agent runs, and so all that is said to be since its start. */
  readonly type?: string;
  readonly format?: string;
  readonly health?: string;
  readonly problem?: string;
  /** RFC 3339; since when it is retried, blocked or stopped. */
  readonly problemSince?: string;
  readonly behind: number;
  /** RFC 3339; when the oldest of them was received. */
  readonly behindSince?: string;
  /** Batches on their way, and single events that wait for their next try while others pass them. */
  readonly inFlight?: number;
  readonly parked?: number;
  /** How many batches may be on their way at once, as the peer bears them now. */
  readonly concurrency?: number;
  /** Bytes of documents that are sent and not confirmed. Absent where the sink sets no bound of them too. */
  readonly unackedBytes?: number;
  /** Events that went out again, since the agent's start. */
  readonly sentAgain?: number;
  /** RFC 3339. */
  readonly lastAck?: string;
  readonly deadLetters: number;
  /** What else was done with dead letters, durable: asked to go again, gone again by what became of them, dropped. Absent: nothing. */
  readonly letters?: {
    readonly retrying: number;
    readonly retried: Readonly<Record<string, number>>;
    readonly dropped: number;
  };
  /** The last replay. Absent: there never was one. */
  readonly replay?: ReplayView;
  /** What became of the events of all replays, durable and apart from `law`. Absent: there never was one. */
  readonly replayed?: Readonly<Record<string, number>>;
  /**
   * What has become of each journaled entry, durable: journaled = acked + deadLettered + excluded + held, each counted by
   * itself. `excluded` by `when` or the name of the sink's rule. `gone` and `unreadable` are in none of them. Absent: not
   * counted yet.
   */
  readonly law?: RelayStatus['journal']['lanes'][string]['law'];
  /** What the sink leaves out by rules of its own. Absent: neither an agent nor a configuration says. */
  readonly exclusions?: LaneStatus['exclusions'];
  /** Events that passed as `when` could not decide about them, since the agent's start. Absent while none runs. */
  readonly filterErrors?: number;
  /** What the sink itself counts, since the agent's start: `duplicate`. Absent while none runs. */
  readonly counts?: Readonly<Record<string, number>>;
}

/** `rules` are those of the configuration, for a sink of which no agent speaks. */
export function sinksOf(
  account: JournalAccount,
  live: RelayStatus | undefined,
  rules: readonly SinkRule[],
): readonly SinkView[] {
  return Object.entries(account.lanes).map(([sink, { behindEntries, behindSinceMs, law }]) => ({
    sink,
    ...exclusionsOf(rules.filter((rule) => rule.sink === sink)),
    ...laneOf(live?.lanes[sink]),
    behind: behindEntries,
    ...timeNamed('behindSince', behindSinceMs),
    deadLetters: account.deadLetters[sink] ?? 0,
    ...lettersOf(sink, account),
    ...replayOf(account.replays[sink]),
    ...(account.replayed[sink] === undefined ? {} : { replayed: account.replayed[sink] }),
    ...(law === undefined ? {} : { law }),
  }));
}

function laneOf(lane: LaneStatus | undefined): Omit<Partial<SinkView>, 'sink' | 'behind' | 'deadLetters'> {
  if (lane === undefined) return {};
  const { type, format, filterErrors, counts, exclusions, inFlightBatches, parked, replayed, lastAckMs } = lane;
  const { concurrency, unackedBytes } = lane;
  return {
    type,
    format,
    ...healthOf(lane),
    inFlight: inFlightBatches,
    parked,
    concurrency,
    ...(unackedBytes === undefined ? {} : { unackedBytes }),
    sentAgain: replayed,
    ...timeNamed('lastAck', lastAckMs),
    filterErrors,
    counts,
    ...exclusionsOf(exclusions),
  };
}

/** Nothing where there are none, or an agent of an earlier version does not say. */
function exclusionsOf(rules: readonly ExclusionRule[] | undefined): Pick<SinkView, 'exclusions'> {
  return rules === undefined || rules.length === 0
    ? {}
    : {
        exclusions: rules.map(({ name, events, maxAgeMs }) => ({
          name,
          events,
          ...(maxAgeMs === undefined ? {} : { maxAgeMs }),
        })),
      };
}

function lettersOf(sink: string, { retrying, retried, dropped }: JournalAccount): Pick<SinkView, 'letters'> {
  const letters = { retrying: retrying[sink] ?? 0, retried: retried[sink] ?? {}, dropped: dropped[sink] ?? 0 };
  const isAny = letters.retrying + letters.dropped + Object.keys(letters.retried).length > 0;
  return isAny ? { letters } : {};
}
