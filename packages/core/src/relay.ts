/**
 * The whole path on one screen, in the order of the data: source → journal → lanes. Read from here.
 *
 * Why a crash cannot lose anything: a window's entries and its checkpoint are one commit, so what is
 * not in the journal is not marked as read and will be read again; a lane's cursor passes only what
 * is settled, and its reach (the last entry that may have been sent, on disk before the send) says what goes out as replay.
 *
 * Where to look: how a page is read, `source/source.ts`; what becomes of a sink's answer, `lane/deliver.ts`; of a crash,
 * `lane/settle/progress.ts`; of a changed configuration, `change.ts`.
 */
import type { SinkContext } from '@audit-relay/sink';
import type { Opening } from './change.ts';
import type { Journal, LaneJournal, LaneStart, SourceJournal } from './journal/journal.ts';
import { openJournalOf } from './journal/opener.ts';
import { journalConfigurationOf } from './journal-configuration.ts';
import { goneLane } from './lane/gone-lane.ts';
import { Deliveries } from './lane/health/deliveries.ts';
import { type Lane, openLane } from './lane/lane.ts';
import { refuseLane } from './lane/terms.ts';
import { Drift } from './normalize/drift.ts';
import { createNormalizer, type Normalizer } from './normalize/normalizer.ts';
import type { WhenFailure } from './normalize/when/program.ts';
import type { Relay, RelayOptions } from './options.ts';
import { runningRelay } from './running-relay.ts';
import type { Runtime } from './runtime.ts';
import { ownLane } from './sharing/shared-lane.ts';
import { ownSource } from './sharing/shared-source.ts';
import { ByteBudget } from './source/api/byte-budget.ts';
import type { SourceConfig } from './source/config.ts';
import { refuseSource } from './source/refuse-source.ts';
import { openSource, type Source } from './source/source.ts';

/**
 * Opens the journal, then the lanes, then the sources, and runs until `drain`.
 * @throws RelayError when the journal is refused (`JOURNAL_*`, `SOURCE_RENAMED`, `SOURCE_CHANGED`), a `when` does not compile
 *   (`WHEN_INVALID`), a sink does not take its format (`FORMAT_UNSUPPORTED`) or states limits or exclusions that cannot be kept (`SINK_LIMITS_INVALID`,
 *   `SINK_EXCLUSIONS_INVALID`) or a file for TLS cannot be read
 *   (`TLS_FILE_UNUSABLE`), `backfill_start_time` or `start_from` lies ahead (`START_IN_FUTURE`); also what a plugin's `limits` or
 *   `document` throws. After that no peer's fault ends it.
 */
export async function openRelay(options: RelayOptions): Promise<Relay> {
  const journal = await openJournalOf(options.journal, options.runtime);
  try {
    // Every cursor is committed before the first poll: no entry can leave unseen by a new lane.
    const starts = await journal.configure(journalConfigurationOf(options));
    const normalizer = normalizerOf(options);
    const drift = new Drift({ log: options.runtime.log, redact: normalizer.redact });
    const deliveries = new Deliveries(options.runtime);
    const lanes = openLanes(options, { journal, starts, normalizer, deliveries });
    const shared = { journal, drift, budget: new ByteBudget(options.sourceMemory) };
    const sources = openSources(options, shared);
    for (const lane of lanes.values()) lane.start();
    for (const source of sources.values()) source.start();
    // A changed configuration opens some of them anew, the same way.
    const opening: Opening = {
      normalizerOf,
      lanes: (some, by) => openLanes(some, { journal, deliveries, ...by }),
      sources: (some) => openSources(some, shared),
    };
    return runningRelay({ options, journal, lanes, sources, drift, normalizer, opening, deliveries });
  } catch (error) {
    await journal.close();
    throw error;
  }
}

function normalizerOf({ name, version, normalization }: RelayOptions): Normalizer {
  return createNormalizer({ name, version }, normalization);
}

/** What all sources have in common. */
interface SharedBySources {
  readonly journal: Journal;
  readonly drift: Drift;
  /** Of memory between the API and the journal. */
  readonly budget: ByteBudget;
}

/** One source an organization: it polls both feeds and commits closed windows to the journal. */
function openSources(options: RelayOptions, { journal, drift, budget }: SharedBySources): Map<string, Source> {
  const { runtime, version, proxyFor } = options;
  const sources = Object.entries(options.sources).map(([name, config]): [string, Source] => {
    const open = (way: SourceJournal, present: SourceConfig): Source =>
      openSource(
        { name, config: present },
        {
          journal: way,
          budget,
          runtime,
          proxyFor,
          userAgent: userAgent(version),
          onRefused: () => options.onRefused?.('source', name),
          onJournaled: (entries) => drift.see(entries),
        },
      );
    const refuse = (present: SourceConfig): void => refuseSource({ name, config: present }, options);
    return [name, ownSource(journal, { name, config, runtime, open, refuse })];
  });
  return new Map(sources);
}

/** One lane a sink, each with its own cursor: what one of them suffers, no other feels. */
function openLanes(
  options: RelayOptions,
  {
    journal,
    starts,
    normalizer,
    deliveries,
  }: {
    readonly journal: Journal;
    readonly starts: Readonly<Record<string, LaneStart>>;
    readonly normalizer: Normalizer;
    readonly deliveries: Deliveries;
  },
): Map<string, Lane> {
  const { runtime, version, proxyFor } = options;
  const lanes = Object.entries(options.sinks).map(([name, { plugin, config, lane }]): [string, Lane] => {
    const gone = (): Lane => goneLane(name, plugin.type, runtime);
    if (starts[name] === 'entries_gone') return [name, gone()];
    const context: Omit<SinkContext, 'count'> = {
      name,
      userAgent: userAgent(version),
      now: () => runtime.now(),
      elapsedMs: () => runtime.elapsedMs(),
      proxyFor,
      log: (code, fields, level = 'info') => runtime.log(level, code, `sink ${name}`, { sink: name, ...fields }),
    };
    const open = (way: LaneJournal, sinkConfig: unknown = config): Lane =>
      openLane(
        { name, plugin, sinkConfig, config: lane },
        {
          journal: way,
          deadLetters: journal.deadLetters,
          replays: journal.replays.lane(name),
          renderFor: normalizer.renderFor,
          renderAlone: normalizer.render,
          ...(lane.when === undefined ? {} : { when: normalizer.when(lane.when, filterFailed(name, runtime)) }),
          runtime,
          context,
          onAcked: deliveries.onAcked(name),
          onRefused: () => options.onRefused?.('sink', name),
        },
      );
    const refuse = (): void => refuseLane({ name, plugin, sinkConfig: config, config: lane });
    return [name, ownLane(journal, { name, type: plugin.type, runtime, open, gone, refuse })];
  });
  return new Map(lanes);
}

/** An event that `when` cannot decide about passes: better too much than too little. */
function filterFailed(sink: string, { log }: Runtime): (failure: WhenFailure) => void {
  return ({ field, reason }) => {
    const text = `sink ${sink}: when could not decide about an event, which passes: ${field}: ${reason}`;
    log('warn', 'WHEN_FAILED', text, { sink, field });
  };
}

/** Product, version and where to ask, as RFC 9110 section 10.1.5 has it. */
function userAgent(version: string): string {
  return `audit-relay/${version} (+https://github.com/audit-relay/audit-relay)`;
}
