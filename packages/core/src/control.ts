/**
 * What a running relay can be asked and told beside its configuration: how it is, and to read a time of the
 * past. From within the process, or by another one over the journal's socket: `{ "request": "status" }`,
 * `{ "request": "backfill" | "progress", … }`, `{ "request": "retry" | "drop", "letters": [ … ] }`, or
 * `{ "request": "replay" | "stop_replay" | "delivered", "sink": "siem", … }`.
 */
import { z } from 'zod';
import { RelayError } from './errors.ts';
import type { JsonValue } from './event.ts';
import type { DeadLetters } from './journal/dead-letter.ts';
import type { Replays } from './journal/replay.ts';
import type { DeliveredPortion, Deliveries } from './lane/health/deliveries.ts';
import type { BackfillRequest, Relay, SinkOptions } from './options.ts';
import type { Source } from './source/source.ts';

export interface Control
  extends Pick<
    Relay,
    'backfill' | 'backfillProgress' | 'retryDeadLetters' | 'dropDeadLetters' | 'replay' | 'stopReplay'
  > {
  /** What a sink has just taken, for who looks on. @throws RelayError `SINK_UNKNOWN` */
  delivered(sink: string, after: number | undefined): DeliveredPortion;
}

/** Long after every event, and short of where arithmetic ends. */
const seconds = z.int().min(0).max(1e11);
const ms = z.int().min(0).max(1e14);
const time = { source: z.string(), from: seconds, to: seconds, again: z.boolean() };
const key = z.union([
  z.strictObject({ lane: z.string(), sequence: z.int().min(1) }),
  z.strictObject({ source: z.string(), hash: z.string() }),
]);
/** A question is one line of 64 KiB. */
const letters = z.array(key).max(500);
const schema = z.discriminatedUnion('request', [
  z.strictObject({ request: z.literal('status') }),
  z.strictObject({ request: z.literal('backfill'), ...time }),
  z.strictObject({ request: z.literal('progress'), ...time }),
  z.strictObject({ request: z.literal('retry'), letters }),
  z.strictObject({ request: z.literal('drop'), letters }),
  z.strictObject({ request: z.literal('replay'), sink: z.string(), fromMs: ms, toMs: ms, overwrite: z.boolean() }),
  z.strictObject({ request: z.literal('stop_replay'), sink: z.string() }),
  z.strictObject({ request: z.literal('delivered'), sink: z.string(), after: z.int().min(0).exactOptional() }),
]);

/** A request that comes too late to be taken is not taken at all. */
const TAKE_MS = 20_000;

export interface ControlTargets {
  readonly sources: ReadonlyMap<string, Source>;
  /** By name; what is configured at the moment. */
  sinks(): Readonly<Record<string, Pick<SinkOptions, 'plugin' | 'config'>>>;
  readonly deadLetters: Pick<DeadLetters, 'retry' | 'drop'>;
  readonly replays: Pick<Replays, 'begin' | 'end'>;
  readonly deliveries: Pick<Deliveries, 'take'>;
}

/** Raw text in one answer, which is a line of 1 MiB at most; JSON makes it longer. */
const MOST_CHARACTERS = 300_000;

export function controlOf({ sources, sinks: sinksNow, deadLetters, replays, deliveries }: ControlTargets): Control {
  const sourceOf = ({ source }: BackfillRequest): Source => {
    const found = sources.get(source);
    if (found !== undefined) return found;
    const known = [...sources.keys()].join(', ');
    throw new RelayError('SOURCE_UNKNOWN', `no source is named ${source}: there is ${known}`);
  };
  return {
    backfill: async (request) => {
      const late = AbortSignal.timeout(TAKE_MS);
      try {
        await sourceOf(request).backfill(request, request.again, late);
      } catch (error) {
        if (!late.aborted) throw error;
        const problem = `the journal did not take the request within ${TAKE_MS / 1000} s, as it is full or its disk is slow: see \`audit-relay status\`, and give it again`;
        throw new RelayError('REQUEST_FAILED', problem, error);
      }
    },
    backfillProgress: (request) => sourceOf(request).progressIn(request),
    retryDeadLetters: async (keys) => {
      const sinks = sinksNow();
      const gone = keys.flatMap((each) => ('lane' in each && !Object.hasOwn(sinks, each.lane) ? [each.lane] : []));
      if (gone.length === 0) return deadLetters.retry(keys);
      const fix = 'give it back its entry in the configuration, or export and drop them';
      throw new RelayError('SINK_UNKNOWN', `no sink is named ${gone[0]}, so its dead letters cannot go again: ${fix}`);
    },
    dropDeadLetters: (keys) => deadLetters.drop(keys),
    replay: async ({ sink, ...request }) => {
      const sinks = sinksNow();
      const found = Object.hasOwn(sinks, sink) ? sinks[sink] : undefined;
      if (found === undefined) throw unknownSink(sink, Object.keys(sinks));
      if (request.overwrite) refuseOverwrite(sink, found);
      return replays.begin(sink, request);
    },
    stopReplay: (sink) => replays.end(sink),
    delivered: (sink, after) => {
      const sinks = sinksNow();
      if (!Object.hasOwn(sinks, sink)) throw unknownSink(sink, Object.keys(sinks));
      return deliveries.take(sink, after, MOST_CHARACTERS);
    },
  };
}

function unknownSink(sink: string, known: readonly string[]): RelayError {
  return new RelayError('SINK_UNKNOWN', `no sink is named ${sink}: there is ${known.join(', ')}`);
}

/** @throws RelayError `OVERWRITE_UNSUPPORTED` when the sink cannot replace what its peer holds. */
function refuseOverwrite(sink: string, { plugin, config }: Pick<SinkOptions, 'plugin' | 'config'>): void {
  const type = plugin.type;
  const refusal =
    plugin.overwriteRefusal === undefined ? `a ${type} sink replaces no event` : plugin.overwriteRefusal(config);
  if (refusal !== undefined) throw new RelayError('OVERWRITE_UNSUPPORTED', `sink ${sink} cannot overwrite: ${refusal}`);
}

/** `{ status }`, `{ changed }`, `{ replay }` with when it was asked for, or `{ progress }` as it is then, or `{ problem, code }`. Never rejects. */
export async function answerRequest(question: JsonValue, control: Control & Pick<Relay, 'status'>): Promise<unknown> {
  const read = schema.safeParse(question);
  if (!read.success) return { code: 'REQUEST_UNKNOWN', problem: 'this agent is of another version: restart it' };
  try {
    if (read.data.request === 'status') return { status: control.status() };
    if (read.data.request === 'retry') return { changed: await control.retryDeadLetters(read.data.letters) };
    if (read.data.request === 'drop') return { changed: await control.dropDeadLetters(read.data.letters) };
    if (read.data.request === 'replay') {
      const { request: _, ...wanted } = read.data;
      return { replay: await control.replay(wanted) };
    }
    if (read.data.request === 'stop_replay') return { changed: Number(await control.stopReplay(read.data.sink)) };
    if (read.data.request === 'delivered') return { delivered: control.delivered(read.data.sink, read.data.after) };
    const { request, ...wanted } = read.data;
    if (request === 'backfill') await control.backfill(wanted);
    return { progress: control.backfillProgress(wanted) };
  } catch (error) {
    const isOurs = error instanceof RelayError;
    return {
      code: isOurs ? error.code : 'REQUEST_FAILED',
      problem: isOurs ? error.message : 'see the log of the agent',
    };
  }
}
