/**
 * What a feed finds odd about its server and copes with: each by its name, counted, and said once. Records that become dead
 * letters are named each time.
 * What it cannot cope with is a read failure, and health's to say.
 */
import type { Feed } from '../../entry.ts';
import { type KeptMalformedRecord, namedIds } from '../../journal/dead-letter.ts';
import type { Runtime } from '../../runtime.ts';
import type { ReadFailure } from './health.ts';
import { countCondition } from './tally.ts';

export type Condition =
  | 'CURSOR_SWAPPED'
  | 'FALSE_END'
  | 'ORDER_ASCENDING'
  | 'EVENTS_OUTSIDE_WINDOW'
  | 'EVENTS_OUTSIDE_FILTER'
  | 'PAGES_TOO_LARGE'
  | 'PAGES_TOO_SLOW'
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
  PAGES_TOO_LARGE:
    'a page of the API is larger than an answer may be (64 MiB): fewer records at once are asked for (`limit`), more again when that works, and nothing is missed',
  PAGES_TOO_SLOW:
    'a page of the API does not come whole in time (120 s): fewer records at once are asked for (`limit`), more again when that works, and nothing is missed; if it lasts, look at the network and the proxy',
  PLACE_LOST:
    'the API no longer knows the event after which reading was to go on: the log is read from an older one, or from its start, and nothing is missed',
};

const IN_PARTS =
  'this API does not lead from page to page as documented: where it does not, windows are read in parts, down to one page each, which takes more requests and misses nothing; if it lasts, run `audit-relay doctor`';

export interface ConditionsOptions {
  readonly source: string;
  readonly feed: Feed;
  readonly runtime: Pick<Runtime, 'log'>;
  /** How often each was met; outlives this object. */
  readonly counts: Record<string, number>;
}

export class Conditions {
  readonly #options: ConditionsOptions;
  readonly #said = new Set<string>();

  constructor(options: ConditionsOptions) {
    this.#options = options;
  }

  /** Counts it; the first time it also goes to the log, as a server that does it does it all the time. */
  met(condition: Condition, times = 1): void {
    this.#note({ code: condition, words: WORDS[condition] }, times);
  }

  /** A window that could not be read in one walk, and is read in parts. */
  avoided({ code, requestId }: ReadFailure): void {
    this.#note({ code, words: IN_PARTS, ...(requestId === undefined ? {} : { request_id: requestId }) }, 1);
  }

  /** New dead letters of the source. */
  setAside(records: readonly Pick<KeptMalformedRecord, 'id' | 'reason'>[]): void {
    const [first] = records;
    if (first === undefined) return;
    const { source, feed, runtime, counts } = this.#options;
    countCondition(counts, 'records_unusable', records.length);
    const ids = records.map(({ id }) => id);
    const text = `${source}: ${ids.length} record(s) of the API without a usable id were set aside as dead letter ${namedIds(ids)}: ${first.reason}. They reach no sink, since nothing could tell one from another: report them. All: audit-relay dead-letters list --source ${source} --reason unusable. Look at one: audit-relay dead-letters show ${first.id}`;
    runtime.log('warn', 'RECORDS_UNUSABLE', text, { source, feed, records: ids.length, ids });
  }

  #note({ code, words, ...more }: { readonly code: string; readonly words: string }, times: number): void {
    const { source, feed, runtime, counts } = this.#options;
    if (times === 0) return;
    countCondition(counts, code.toLowerCase(), times);
    if (this.#said.has(code)) return;
    this.#said.add(code);
    runtime.log('warn', code, words, { source, feed, ...more });
  }
}
