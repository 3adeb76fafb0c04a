/**
 * A lane: one sink's way through the core, from the journal to the peer. Lanes share nothing but the
 * journal and the rendered text, so what one suffers no other feels.
 */
import type { Envelope } from '@audit-relay/sink';
import type { Entry } from '../entry.ts';
import { batchEntries } from './batcher.ts';
import { Delivery } from './deliver.ts';
import { withoutEarlier } from './earlier.ts';
import type { Held } from './held.ts';
import type { Lane, LaneDependencies, LaneOptions } from './options.ts';
import { prepareEntries } from './prepare.ts';
import { readEntries } from './reader.ts';
import type { Rendered } from './rendered.ts';
import { runningLane } from './running-lane.ts';
import { createState } from './state.ts';

export type { Lane, LaneDependencies, LaneOptions } from './options.ts';

/**
 * Puts a lane together, in the order of the data. Each step takes from the one before only as much as
 * it can pass on, so that a slow peer costs no memory.
 * @throws RelayError `FORMAT_UNSUPPORTED` when the sink does not take the configured format, `SINK_LIMITS_INVALID` when
 *   its limits cannot be kept, `SINK_EXCLUSIONS_INVALID` when its exclusions cannot.
 */
export function openLane(options: LaneOptions, dependencies: LaneDependencies): Lane {
  const { journal, when, runtime } = dependencies;
  const state = createState(options, dependencies);
  const render = dependencies.renderFor(state.shape);
  const renderAgain = (entry: Entry): Envelope => dependencies.renderAlone(entry, state.shape);

  const prepared = (entries: AsyncIterable<readonly Held[]>): AsyncIterable<readonly Rendered[]> => {
    const documents = prepareEntries(entries, { when, render, renderAgain }, state);
    return batchEntries(documents, state.rules, runtime);
  };
  // Beside what comes, dead letters and entries that are asked to go again: the same way, by the same mapping and filter.
  const batches = [
    prepared(withoutEarlier(readEntries(journal, state), journal.fromMs ?? Number.NEGATIVE_INFINITY, state)),
    prepared(state.deadLetterQueue.retries()),
    prepared(state.replays.entries()),
  ];
  // Sends, settles, and saves the cursor; what is left of a batch goes round again.
  const delivery = new Delivery(state);

  return runningLane({ state, batches, delivery });
}
