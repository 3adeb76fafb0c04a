/**
 * What one of each costs, measured: `docs/SCALE.md` says by which command and on which machine. A simulation multiplies them;
 * whoever measures other figures on a machine of their own puts them here.
 */

/** CPU in microseconds, memory and disk in bytes. */
export interface Units {
  /** One event from the API to one Elasticsearch sink with gzip: `npm run bench -- cost`. */
  readonly eventCpuMicros: number;
  /** The same event to a further sink. */
  readonly furtherSinkCpuMicros: number;
  /** One request that brings nothing: `npm run bench -- sources`. */
  readonly requestCpuMicros: number;
  /** Anonymous memory of a process with one busy source: `npm run bench -- record-sizes`. */
  readonly processBytes: number;
  /** One source more, of a quiet organization. */
  readonly sourceBytes: number;
  /** An event of about 680 bytes in the journal: `npm run bench -- sources`. */
  readonly journalBytes: number;
  /** Requests of one source in a day: `npm run scale -- --measure`. */
  readonly requestsPerDay: (eventsPerDay: number) => number;
}

/**
 * Measured with the default settings. A quiet organization is polled 2,880 times a day in each feed, and looked back at 288 times.
 * A busy one is asked for a second page by each poll, until one holds nothing new, and each event is read again by the seven
 * lookback scans of the next 35 minutes and by the sweep of the day.
 */
const MEASURED_DAYS: readonly (readonly [eventsPerDay: number, requests: number])[] = [
  [0, 6_630],
  [100, 6_630],
  [10_000, 7_421],
  [100_000, 18_563],
  [1_000_000, 137_465],
];

/** On straight lines between what was measured; beyond, as steep as the last one. */
function requestsPerDay(eventsPerDay: number): number {
  const after = MEASURED_DAYS.findIndex(([events]) => events >= eventsPerDay);
  const to = after === -1 ? MEASURED_DAYS.length - 1 : Math.max(1, after);
  const [[x0, y0] = [0, 0], [x1, y1] = [1, 0]] = [MEASURED_DAYS[to - 1], MEASURED_DAYS[to]];
  return y0 + ((eventsPerDay - x0) * (y1 - y0)) / (x1 - x0);
}

export const UNITS: Units = {
  eventCpuMicros: 119,
  furtherSinkCpuMicros: 28,
  requestCpuMicros: 1_190,
  processBytes: 117e6,
  sourceBytes: 282e3,
  journalBytes: 196,
  requestsPerDay,
};
