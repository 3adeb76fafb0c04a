/** What the journal has to know of a configuration before anything is read or sent: who will write, and who will read. */
import type { JournalConfiguration } from './journal/journal.ts';
import { laneBegin } from './lane/begin.ts';
import type { RelayOptions } from './options.ts';
import { feedsOf } from './source/api/filters.ts';
import { originOf } from './source/origin.ts';

/** @throws RelayError `START_IN_FUTURE` */
export function journalConfigurationOf({
  sources,
  sinks,
  runtime,
}: Pick<RelayOptions, 'sources' | 'sinks' | 'runtime'>): JournalConfiguration {
  return {
    sources: Object.entries(sources).map(([name, config]) => ({
      name,
      feeds: feedsOf(config),
      origin: originOf(config),
    })),
    lanes: Object.entries(sinks).map(([name, { lane }]) => ({
      name,
      startFrom: laneBegin(name, lane, runtime.now()),
    })),
  };
}
