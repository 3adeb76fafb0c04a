/** Puts the simulator together: records, clock, audit log, server. Read from here. */
import type { ServerContext } from './answering.ts';
import { AuditLog, type Dialect, type NewEvent, type TruthRow } from './audit-log.ts';
import { defaultKnobs, type Knobs } from './knobs.ts';
import type { Backfill, Lateness } from './lateness.ts';
import { type GivenRecord, readRecords } from './record.ts';
import { SimulatorServer } from './server.ts';
import type { Stats } from './stats.ts';

/** All optional: without any, an empty log on any free port. */
export interface SimulatorOptions {
  /** Default 0: any free one. Loopback only. */
  readonly port?: number;
  /** The bearer token that opens the log; default `sk-admin-simulator`. */
  readonly key?: string;
  /** A whole number, default 1. The same seed, clock and options give the same events. */
  readonly seed?: number;
  /** How many events to generate in the time before the start; default 0. */
  readonly events?: number;
  /** Milliseconds over which they spread; default 24 h. */
  readonly spanMs?: number;
  /** Events per second that happen as the clock moves; default 0. */
  readonly rate?: number;
  /** How late generated events are shown; default never. */
  readonly late?: Lateness;
  /** Which of them are shown only long after; default none. */
  readonly backfill?: Backfill;
  /** JSONL files with one record per line, served byte for byte; `sampleFiles` come with the package. */
  readonly files?: readonly string[];
  /** Milliseconds since the epoch. Default: the host's clock, put forward to the newest record of the files if that is later. */
  readonly now?: () => number;
  /**
   * Milliseconds since the epoch, by the host's clock: the start of an earlier run, which this one goes on with.
   * The same seed and options then give the same events at the same times, and time has passed meanwhile.
   * Default: the start is now. Without effect beside `now`.
   */
  readonly begunMs?: number;
  readonly knobs?: Partial<Knobs>;
}

/** A running simulator. */
export interface Simulator {
  /** The API's root, such as `http://127.0.0.1:8089/v1`: what a collector is given as its base URL. */
  readonly url: string;
  readonly port: number;
  /** Every event that has happened, whatever was answered; with the ids of the dialect, `audit_logs` when absent. */
  truth(dialect?: Dialect): Iterable<TruthRow>;
  stats(): Stats;
  /** @throws SyntaxError when a record's text is no JSON; then none is added. */
  add(events: readonly NewEvent[]): void;
  /** Turns knobs for the requests to come; the others stay as they are. */
  set(knobs: Partial<Knobs>): void;
  /** From now on only this key is taken: the one before is refused as a revoked one is. */
  rotateKey(key: string): void;
  close(): Promise<void>;
}

/** Has the form of an admin key, and opens nothing but a simulator. */
export const defaultKey = 'sk-admin-simulator';
const dayMs = 86_400_000;

/** @throws Error when a file cannot be read or holds a line that is no JSON, or when the port is taken. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const records = (await Promise.all((options.files ?? []).map(readRecords))).flat();
  const newest = newestMs(records);
  const now =
    options.now ??
    (options.begunMs === undefined ? clockFrom(Math.max(Date.now(), newest)) : clockSince(options.begunMs, newest));
  const { log, context, set, rotateKey } = openLog({ ...options, records, now });
  const server = new SimulatorServer(context);
  const port = await server.listen(options.port ?? 0);
  return {
    url: `http://127.0.0.1:${port}/v1`,
    port,
    truth: (dialect) => log.truth(dialect),
    stats: () => server.stats(),
    add: (events) => log.add(events),
    set,
    rotateKey,
    close: () => server.close(),
  };
}

/** What a simulator is, however it is asked. */
export interface OpenLog {
  readonly log: AuditLog;
  /** As it stands for the next request. */
  readonly context: () => ServerContext;
  readonly set: Simulator['set'];
  readonly rotateKey: Simulator['rotateKey'];
}

/** The log with its records, and the knobs as they stand. */
export function openLog(
  options: SimulatorOptions & { readonly records: readonly GivenRecord[]; readonly now: () => number },
): OpenLog {
  const { records, now } = options;
  let { key = defaultKey } = options;
  const log = new AuditLog({
    seed: options.seed ?? 1,
    events: options.events ?? 0,
    spanMs: options.spanMs ?? dayMs,
    rate: options.rate ?? 0,
    late: options.late ?? { share: 0, maxS: 0 },
    ...(options.backfill === undefined ? {} : { backfill: options.backfill }),
    records,
    now,
  });
  let knobs: Knobs = { ...defaultKnobs, ...options.knobs };
  return {
    log,
    context: () => ({ log, knobs, key, now }),
    set: (changed) => {
      knobs = { ...knobs, ...changed };
    },
    rotateKey: (changed) => {
      key = changed;
    },
  };
}

/** A clock that starts at `startMs` and runs on, undisturbed by changes to the host's. */
export function clockFrom(startMs: number): () => number {
  const begunMs = performance.now();
  return () => Math.floor(startMs + performance.now() - begunMs);
}

/** The clock of a run that began at `begunMs`: the log takes its first answer for the start of history. */
function clockSince(begunMs: number, newest: number): () => number {
  const startMs = Math.max(begunMs, newest);
  let begun = false;
  return () => {
    if (begun) return Math.max(startMs, startMs + Date.now() - begunMs);
    begun = true;
    return startMs;
  };
}

function newestMs(records: readonly GivenRecord[]): number {
  return records.reduce((newest, { effectiveAt }) => Math.max(newest, (effectiveAt ?? 0) * 1000), 0);
}
