/**
 * The doctor of a source: finds out with a few questions what nobody has documented, and says in words what is
 * wrong. It stands beside the relay, reads nothing into the journal, and may run while an agent runs.
 * The questions stand beside it.
 */
import type { Check } from '@audit-relay/sink';
import { FEEDS } from '../../entry.ts';
import { isObject, type JsonValue } from '../../event.ts';
import type { Span } from '../../journal/checkpoint.ts';
import type { Runtime } from '../../runtime.ts';
import { judge } from '../api/answer.ts';
import { type Client, type ClientOptions, openClient, type Reply } from '../api/client.ts';
import { filterParameters, mayHold } from '../api/filters.ts';
import type { SourceConfig } from '../config.ts';
import { withoutBodies } from '../organization-logs/bodies.ts';
import { Asker } from './asker.ts';
import { examineFeed, FEW_EVENTS, tenantCheck } from './audit-logs.ts';
import { type Estimate, estimateBackfill } from './estimate.ts';
import { examineLogs } from './organization-logs.ts';
import { singleLogPath } from './question.ts';
import { keyCheck, serverChecks } from './server-checks.ts';

export interface SourceDoctorOptions {
  readonly config: SourceConfig;
  readonly runtime: Runtime;
  readonly userAgent: string;
  /** The proxy for a URL by the environment; `proxy` in the configuration goes first. */
  proxyFor(url: string): string | undefined;
  /** Stands in for the network in tests. */
  openClient?(options: ClientOptions): Client;
}

/** One record of the API, or why there is none. */
export type RecordAnswer =
  /** Its own JSON text. */
  | { readonly kind: 'record'; readonly raw: string }
  /** `unasked`: this dialect cannot be asked for a single event. */
  | { readonly kind: 'absent' | 'unasked' }
  /** What is wrong and what to do, in words. */
  | { readonly kind: 'fault'; readonly problem: string };

/** One source under examination; holds connections until it is closed. */
export interface SourceDoctor {
  /**
   * Six requests, seven where the tenant is refused or the cursor leads back, and again what may have failed
   * by chance; each finding comes when it is known. `ok` with `cannot tell` where a feed holds too little.
   * @throws the signal's reason when it fires first.
   */
  examine(signal: AbortSignal): AsyncIterable<Check>;
  /**
   * How much a time holds and what reading it costs, by a dozen requests for each feed.
   * @throws the signal's reason when it fires first.
   */
  estimate(span: Span, signal: AbortSignal): Promise<Estimate>;
  /** The event with this id. @throws the signal's reason when it fires first. */
  record(id: string, signal: AbortSignal): Promise<RecordAnswer>;
  close(): Promise<void>;
}

/** A person waits: shorter than the relay's own. */
const LIMITS = { silenceMs: 20_000, replyMs: 30_000 };

const NOTHING_TO_READ: Check = {
  name: 'filters',
  verdict: 'fail',
  detail: 'none of the event_types can be in any of the feeds that are read',
  fix: 'add the other feed to `feeds`, or other types to `event_types`',
};

/** @throws RelayError `TLS_FILE_UNUSABLE`, `PROXY_INVALID` */
export function openSourceDoctor(options: SourceDoctorOptions): SourceDoctor {
  const { config, runtime, userAgent, proxyFor } = options;
  const client = (options.openClient ?? openClient)({ config, userAgent, proxyFor, limits: LIMITS });
  return {
    examine: (signal) => examine(options, client, signal),
    estimate: (span, signal) => estimateBackfill(span, { config, client, runtime }, signal),
    record: (id, signal) => recordOf(id, { ...options, client }, signal),
    close: () => client.close(),
  };
}

async function* examine(
  { config, runtime, proxyFor }: SourceDoctorOptions,
  client: Client,
  signal: AbortSignal,
): AsyncGenerator<Check> {
  const key = keyCheck(config);
  yield key;
  if (key.verdict === 'fail') return;
  const asker = new Asker({ config, client, runtime });
  const [feed, other] = FEEDS.filter((one) => config.feeds.includes(one) && mayHold(config, one));
  if (feed === undefined) return yield NOTHING_TO_READ;
  const first = await asker.ask({ feed, limit: FEW_EVENTS, order: 'desc' }, signal);
  yield* serverChecks({ asked: first, config, proxy: config.proxy ?? proxyFor(config.base_url) });
  if (first.kind !== 'page') return;
  const isFiltered = filterParameters(config, feed).length > 0;
  const examination = { feed, first, isFiltered, asker, signal };
  if (config.dialect === 'organization_logs') return yield* examineLogs(examination);
  yield* examineFeed(examination);
  if (other === 'tenant') yield await tenantCheck(asker, first.events, signal);
}

async function recordOf(
  id: string,
  { config, client, runtime }: SourceDoctorOptions & { readonly client: Client },
  signal: AbortSignal,
): Promise<RecordAnswer> {
  if (config.dialect !== 'organization_logs') return { kind: 'unasked' };
  const reply = await client.get(singleLogPath(id), signal);
  if (reply.kind === 'response' && reply.status === 404) return { kind: 'absent' };
  const raw = reply.kind === 'response' && reply.status === 200 ? recordIn(reply) : undefined;
  if (raw !== undefined) return { kind: 'record', raw: config.keep_bodies === true ? raw : bodiless(raw) };
  const answer = judge(reply, { feed: 'organization', dialect: config.dialect, receivedMs: runtime.now() });
  return { kind: 'fault', problem: answer.kind === 'page' ? 'the answer is no single event' : answer.problem };
}

/** As the relay would journal it. `raw` is JSON. */
function bodiless(raw: string): string {
  // What JSON.parse returns is a JSON value by definition.
  return withoutBodies({ raw, value: JSON.parse(raw) as JsonValue }).raw;
}

/** The body when it is one object with an id, as a single event is. */
function recordIn({ body }: Extract<Reply, { kind: 'response' }>): string | undefined {
  try {
    const raw = new TextDecoder('utf-8', { fatal: true }).decode(body);
    // What JSON.parse returns is a JSON value by definition.
    const value = JSON.parse(raw) as JsonValue;
    return isObject(value) && value['id'] !== undefined ? raw.trim() : undefined;
  } catch {
    return undefined;
  }
}
