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
  /** The process before its first source: `npm run bench -- sources`. */
  readonly processBytes: number;
  /** One source more, of a quiet organization. */
  readonly sourceBytes: number;
  /** An event of about 680 bytes in the journal: `npm run bench -- sources`. */
  readonly journalBytes: number;
  /** Requests of one source in a day: `npm run scale -- --measure`. */
  readonly requestsPerDay: (eventsPerDay: number) => number;
}

/** Two polls each 30 seconds, and two lookback scans each five minutes, with what joins them. */
const REQUESTS_OF_A_QUIET_DAY = 6_630;
/** Each event is read once when it is new, by the six lookback scans of the next half hour, and by the sweep of the day: pages of 100. */
const TIMES_READ = 8;

export const UNITS: Units = {
  eventCpuMicros: 145,
  furtherSinkCpuMicros: 35,
  requestCpuMicros: 1_500,
  processBytes: 100e6,
  sourceBytes: 60e3,
  journalBytes: 250,
  requestsPerDay: (eventsPerDay) => REQUESTS_OF_A_QUIET_DAY + (TIMES_READ * eventsPerDay) / 100,
};
