/**
 * What `audit-relay status` knows: the journal's own account, which needs no running agent, with the
 * health that a running one reports laid over it. `text.ts` says it in words; the status page shows the same.
 */
import type { RelayStatus } from '@audit-relay/core';
import type { SinkRule } from '../exclusions.ts';
import type { JournalAccount } from '../journal-account.ts';
import { type ConfigurationView, configurationOf } from './configuration.ts';
import { type FeedView, feedsOf } from './feed.ts';
import { type SinkView, sinksOf } from './sink.ts';
import { timeNamed, timeOf } from './time.ts';

/** What `status --json` prints. */
export interface StatusView {
  /** The journal's folder. */
  readonly journal: string;
  /** False: what is shown is what the journal says by itself. */
  readonly running: boolean;
  /** A process holds the journal and does not answer: it hangs, or is just starting or ending. */
  readonly silent?: true;
  /** The one that runs; RFC 3339 since when. */
  readonly agent?: { readonly name: string; readonly version: string; readonly since: string };
  /** By name; absent while no agent runs. */
  readonly sources?: Readonly<Record<string, SourceView>>;
  readonly feeds: readonly FeedView[];
  readonly sinks: readonly SinkView[];
  /** Records without a usable id that the journal keeps and no sink gets, by source. */
  readonly unusable: Readonly<Record<string, number>>;
  /** Of those, how many somebody has dropped, by source. */
  readonly unusableDropped: Readonly<Record<string, number>>;
  /** What is outside of the promise that nothing is lost, in words. */
  readonly outside: string;
  /** Damaged journals that stand aside, until somebody takes them away. Absent: none. */
  readonly setAside?: RelayStatus['journal']['setAside'];
  /** Why the journal takes no events, in words with the fix; RFC 3339 since when. Absent: it does, or no agent runs. */
  readonly unwritable?: { readonly code: string; readonly problem: string; readonly since: string };
  /** By whom or what the journal is full, so that the sources wait. Absent: it is not, or no agent runs. */
  readonly fullBecauseOf?: string;
  /** RFC 3339 `oldest`: when the oldest entry that is held was received. Absent: none is. */
  readonly room: Pick<JournalAccount, 'bytes' | 'maxBytes' | 'pinnedBytes' | 'entries'> & { readonly oldest?: string };
  /** What the API sends and this version does not know, since the agent's start. Absent while none runs. */
  readonly drift?: RelayStatus['drift'];
  /** Which configuration is in force, and whether a newer one was refused. Absent while no agent runs. */
  readonly configuration?: ConfigurationView;
}

/** Since the agent's start. */
interface SourceView {
  /** Answers that were no page, by what came instead: `http_429`, `timeout` … */
  readonly failures: Readonly<Record<string, number>>;
  /** The API's clock less this host's. Absent: no answer yet. */
  readonly clockOffsetMs?: number;
}

const OUTSIDE =
  'what the API first shows later than `sweep` after it happened, or moves while a backfill reads, may be missed';

/**
 * `answer` is the running agent's; `silent` when it gives none, undefined when none runs. `rules` are those of the
 * configuration, for a sink of which no agent speaks.
 */
export function statusView(
  account: JournalAccount & { readonly journal: string },
  answer: RelayStatus | 'silent' | undefined,
  rules: readonly SinkRule[] = [],
): StatusView {
  const live = answer === 'silent' ? undefined : answer;
  const { bytes, maxBytes, pinnedBytes, entries, oldestReceivedMs } = account;
  return {
    journal: account.journal,
    running: live !== undefined,
    ...(answer === 'silent' ? { silent: true } : {}),
    ...(live === undefined ? {} : ofAgent(live)),
    feeds: feedsOf(account, live),
    sinks: sinksOf(account, live, rules),
    unusable: someOf(account.malformedRecords),
    unusableDropped: someOf(account.droppedMalformedRecords),
    outside: OUTSIDE,
    ...(account.setAside === undefined ? {} : { setAside: account.setAside }),
    room: { bytes, maxBytes, pinnedBytes, entries, ...timeNamed('oldest', oldestReceivedMs) },
  };
}

function ofAgent({
  name,
  version,
  startedMs,
  sources,
  journal,
  drift,
  configuration,
}: RelayStatus): Partial<StatusView> {
  const { unwritable, fullBecauseOf } = journal;
  return {
    agent: { name, version, since: timeOf(startedMs / 1_000) },
    sources: Object.fromEntries(Object.entries(sources).map(([source, status]) => [source, sourceOf(status)])),
    ...(unwritable === undefined
      ? {}
      : {
          unwritable: {
            code: unwritable.code,
            problem: unwritable.problem,
            since: timeOf(unwritable.sinceMs / 1_000),
          },
        }),
    ...(fullBecauseOf === undefined ? {} : { fullBecauseOf }),
    // An agent of an earlier version does not say.
    ...(drift === undefined ? {} : { drift }),
    ...configurationOf(configuration),
  };
}

function sourceOf({ failures, clockOffsetMs }: RelayStatus['sources'][string]): SourceView {
  return { failures, ...(clockOffsetMs === undefined ? {} : { clockOffsetMs }) };
}

function someOf(counts: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

/** Where events go on by themselves. */
const WELL: ReadonlySet<string> = new Set(['ok', 'quiet', 'starting', 'standby']);

/**
 * Whether an agent runs, its journal takes events, nothing of it is blocked, paused or failing, no newer configuration was refused, and no damaged journal stands aside. A tenant's feed that was never read and is
 * refused is that of an organization without a tenant, which is no failure.
 */
export function isWell(view: StatusView): boolean {
  const { running, feeds, sinks, unwritable, fullBecauseOf, setAside = [], configuration } = view;
  const without = ({ feed, health, completeTo }: FeedView): boolean =>
    feed === 'tenant' && health === 'paused' && completeTo === undefined;
  // What the journal has of sources and sinks that are configured no more has no health.
  const ill = [...feeds.filter((one) => !without(one)), ...sinks].filter(
    ({ health }) => health !== undefined && !WELL.has(health),
  );
  return (
    running &&
    unwritable === undefined &&
    fullBecauseOf === undefined &&
    ill.length === 0 &&
    setAside.length === 0 &&
    configuration?.refusal === undefined
  );
}
