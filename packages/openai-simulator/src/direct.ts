/**
 * The API without a network: a question goes in, what its asker would get comes out, at once and as a
 * value. For simulations in a time of their own, where sockets and their timers would be real.
 */
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { Answering, dateHeader } from './answering.ts';
import { damaged, trickleMs } from './delivery.ts';
import type { Knobs } from './knobs.ts';
import type { Simulator, SimulatorOptions } from './simulator.ts';
import { openLog } from './simulator.ts';

/** The clock must be given: nothing here goes by the host's. */
export type DirectOptions = Omit<SimulatorOptions, 'port' | 'files' | 'begunMs' | 'now'> &
  Required<Pick<SimulatorOptions, 'now'>>;

/** What a client would have got. */
export interface DirectAnswer {
  /** Milliseconds from the question until all of it was there, or until the line broke; by the knobs alone. */
  readonly afterMs: number;
  /** Absent: the connection was reset before the whole answer was there. */
  readonly response?: {
    readonly status: number;
    /** Names in lower case. */
    readonly headers: Readonly<Record<string, string>>;
    /** Not compressed, but where a label is wrong: then as it goes over the line, under the `content-encoding` in `headers`. */
    readonly body: Uint8Array;
  };
}

/** A simulator that is asked directly. */
export interface DirectSimulator extends Pick<Simulator, 'truth' | 'stats' | 'add' | 'set'> {
  /**
   * Answers `GET <path>` with the right key; `path` is below the API's root, query included, as in
   * `organization/audit_logs?limit=100`. The answer holds what was visible at the moment of the call.
   * @throws TypeError when an intercepting knob answers with a stream.
   */
  ask(path: string): DirectAnswer;
}

/** The same log, knobs and faults as a simulator that listens, without anything that listens. */
export function directSimulator(options: DirectOptions): DirectSimulator {
  const { log, context, set } = openLog({ ...options, records: [] });
  const answering = new Answering(context);
  return {
    truth: (dialect) => log.truth(dialect),
    stats: () => answering.stats(),
    add: (events) => log.add(events),
    set,
    ask: (target) => {
      const { pathname, searchParams } = new URL(target, 'http://localhost/v1/');
      const given = { authorization: `Bearer ${context().key}` };
      const routed = answering.answer({ method: 'GET', path: pathname, query: searchParams, headers: given });
      answering.count(routed);
      const { reply, knobs } = routed;
      const body = bodyOf(reply.body, knobs);
      const afterMs = knobs.latencyMs + trickleMs(body.length, knobs);
      if (knobs.reset !== 'no') return { afterMs };
      const { label, body: sent } = mislabelled(body, knobs.gzip);
      const headers = { ...dateHeader(context(), knobs), ...reply.headers, ...label };
      return { afterMs, response: { status: reply.status, headers, body: sent } };
    },
  };
}

function bodyOf(body: string | Uint8Array | Readable, knobs: Parameters<typeof damaged>[1]): Uint8Array {
  if (body instanceof Readable) throw new TypeError('a simulator that is asked directly answers with no stream');
  return damaged(typeof body === 'string' ? Buffer.from(body) : body, knobs);
}

/** What a client cannot unpack by its label. */
function mislabelled(
  body: Uint8Array,
  form: Knobs['gzip'],
): { readonly label: Readonly<Record<string, string>>; readonly body: Uint8Array } {
  const label = { 'content-encoding': 'gzip' };
  if (form === 'mislabelled') return { label, body };
  if (form === 'unlabelled') return { label: {}, body: gzipSync(body) };
  if (form !== 'truncated') return { label: {}, body };
  const packed = gzipSync(body);
  return { label, body: packed.subarray(0, packed.length >> 1) };
}
