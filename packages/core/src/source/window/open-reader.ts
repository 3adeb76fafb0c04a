/** Puts a feed's reader together, in the order of a page's way: a request, its page, a window of them, its commit. */
import type { Provenance } from '../../entry.ts';
import { FeedApi } from '../api/feed-api.ts';
import type { LookbackWidths } from '../coverage/lookback.ts';
import { evidenceKeeper } from '../evidence.ts';
import type { FeedJournal } from '../feed-journal.ts';
import { Conditions } from '../health/conditions.ts';
import type { FeedHealth } from '../health/health.ts';
import type { FeedDependencies } from '../options.ts';
import { LogsReader } from '../organization-logs/reader.ts';
import { WindowCommits } from './commit.ts';
import { Paging } from './paging.ts';
import { type Reader, WindowReader } from './window-reader.ts';

/** What is the feed's own. */
export interface ReadFeed {
  readonly provenance: Provenance;
  readonly journal: FeedJournal;
  readonly health: FeedHealth;
  readonly widths: LookbackWidths;
}

export interface FeedReader {
  /** For single questions. */
  readonly api: FeedApi;
  readonly reader: Reader;
}

export function openReader(
  { provenance, journal, health, widths }: ReadFeed,
  dependencies: FeedDependencies,
): FeedReader {
  const { config, client, scheduler, clock, tally, runtime, onRefused, onJournaled } = dependencies;
  const { source, feed, dialect } = provenance;
  const keepEvidence = evidenceKeeper(config, dependencies.journal);
  const conditions = new Conditions({ source, feed, runtime, counts: tally.conditions });
  const shared = { provenance, runtime, clock, health, tally };
  const api = new FeedApi({ ...shared, filters: config, client, scheduler, onRefused, keepEvidence });
  const commits = new WindowCommits({ ...shared, journal, widths, conditions, onJournaled });
  if (dialect === 'organization_logs') {
    const keepBodies = config.keep_bodies === true;
    return { api, reader: new LogsReader({ ...shared, api, commits, conditions, journal, keepBodies }) };
  }
  const paging = new Paging(() => conditions.met('CURSOR_SWAPPED'));
  return { api, reader: new WindowReader({ ...shared, api, commits, conditions, paging, filters: config }) };
}
