/**
 * What a start would be refused for, found without one: nothing is written and no peer is asked, so that `doctor` can
 * say it, also beside a running agent. What of a journal cannot be read at all is not said here: `readJournal` throws it.
 */
import { resolve } from 'node:path';
import type { JournalConfig } from './journal/config.ts';
import { configureJournal } from './journal/configure.ts';
import { isHeld } from './journal/ownership.ts';
import { openStore } from './journal/store.ts';
import { laneBegin } from './lane/begin.ts';
import { refuseLane } from './lane/terms.ts';
import type { RelayOptions } from './options.ts';
import { feedsOf } from './source/api/filters.ts';
import { originOf } from './source/origin.ts';
import { refuseFutureStart } from './source/refuse-source.ts';

/** A RelayError of `openRelay`, or what a plugin's `document` throws. */
export type StartRefusals = readonly unknown[];

/**
 * All there are, in the order of the path.
 *
 * @param options `journal` is absent where it is not in a folder of this machine
 * @param isThere whether there is a journal by now that can be read.
 */
export async function startRefusals(
  {
    journal,
    sources,
    sinks,
    runtime,
  }: Pick<RelayOptions, 'sources' | 'sinks' | 'runtime'> & { readonly journal?: JournalConfig | undefined },
  isThere: boolean,
): Promise<StartRefusals> {
  const path = journal && resolve(journal.path);
  const nowSeconds = runtime.now() / 1000;
  const steps: readonly (() => unknown)[] = [
    // That its socket can be made.
    ...(path === undefined ? [] : [() => isHeld(path)]),
    ...(path !== undefined && isThere ? [() => refuseSources(path, sources)] : []),
    ...Object.entries(sources).map(
      ([name, config]) =>
        () =>
          refuseFutureStart(name, config, nowSeconds),
    ),
    ...Object.entries(sinks).map(
      ([name, { lane }]) =>
        () =>
          laneBegin(name, lane, runtime.now()),
    ),
    ...Object.entries(sinks).map(
      ([name, { plugin, config, lane }]) =>
        () =>
          refuseLane({ name, plugin, sinkConfig: config, config: lane }),
    ),
  ];
  const refusals: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      refusals.push(error);
    }
  }
  return refusals;
}

/** @throws RelayError `SOURCE_RENAMED`, `SOURCE_CHANGED` */
async function refuseSources(path: string, sources: RelayOptions['sources']): Promise<void> {
  const store = openStore({ path, mode: 'read' });
  try {
    const configured = Object.entries(sources).map(([name, config]) => ({
      name,
      feeds: feedsOf(config),
      origin: originOf(config),
    }));
    // What it gives would be written by a start; here it is thrown away.
    configureJournal(store, { sources: configured, lanes: [] });
  } finally {
    await store.close();
  }
}
