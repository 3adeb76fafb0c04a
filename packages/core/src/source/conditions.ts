/**
 * What a feed finds odd about its server and copes with: each by its name, counted, and said once.
 * What it cannot cope with is a snag, and health's to say.
 */
import type { Feed } from '../entry.ts';
import type { Runtime } from '../runtime.ts';

export type Condition =
  | 'CURSOR_SWAPPED'
  | 'FALSE_END'
  | 'ORDER_ASCENDING'
  | 'EVENTS_OUTSIDE_WINDOW'
  | 'EVENTS_OUTSIDE_FILTER'
  | 'PLACE_LOST';

const WORDS: Readonly<Record<Condition, string>> = {
  CURSOR_SWAPPED:
    'this API takes `after` and `before` the other way round: pages are asked for with the other one from now on, and nothing is missed',
  FALSE_END:
    'the API says that a full page is the last one, and more follows: what stands behind full pages is asked for whatever it says, and nothing is missed',
  ORDER_ASCENDING: 'this API lists the oldest events first: windows are read whole either way, and nothing is missed',
  EVENTS_OUTSIDE_WINDOW: 'the API gives events outside of the asked time: check that no proxy drops parameters',
  EVENTS_OUTSIDE_FILTER:
    'the API gives events that the filters exclude; they are left out here where that is certain: check that no proxy drops parameters',
  PLACE_LOST:
    'the API no longer knows the event after which reading was to go on: the log is read from an older one, or from its start, and nothing is missed',
};

export interface ConditionsOptions {
  readonly source: string;
  readonly feed: Feed;
  readonly runtime: Pick<Runtime, 'log'>;
  /** How often each was met; outlives this object. */
  readonly counts: Record<string, number>;
}

export class Conditions {
  readonly #options: ConditionsOptions;
  readonly #said = new Set<Condition>();

  constructor(options: ConditionsOptions) {
    this.#options = options;
  }

  /** Counts it; the first time it also goes to the log, as a server that does it does it all the time. */
  met(condition: Condition, times = 1): void {
    const { source, feed, runtime, counts } = this.#options;
    if (times === 0) return;
    const name = condition.toLowerCase();
    counts[name] = (counts[name] ?? 0) + times;
    if (this.#said.has(condition)) return;
    this.#said.add(condition);
    runtime.log('warn', condition, WORDS[condition], { source, feed });
  }
}
