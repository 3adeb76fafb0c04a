/**
 * Names to addresses, a few at a time. A lookup of the system cannot be called off and holds one of Node's four threads
 * until its resolver gives up, half a minute perhaps; files and compression need these threads too, and would stand still
 * with a DNS that does not answer.
 */
import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';

/** Half of the threads that Node has unless it is told otherwise. */
const MOST_AT_A_TIME = 2;

type Callback = Parameters<LookupFunction>[2];
type Result = Parameters<Callback>;

/** One lookup and all who wait for it. */
interface LookupRequest {
  readonly start: () => void;
  readonly waiting: Callback[];
}

/**
 * `lookup` for sockets that asks `resolve` for `most` names at a time, and for one name once at a time. Who is given up in
 * the meantime leaves the place in the queue behind; its answer is let go.
 */
export function boundedLookup(resolve: LookupFunction = systemLookup, most: number = MOST_AT_A_TIME): LookupFunction {
  const asked = new Map<string, LookupRequest>();
  const queue: LookupRequest[] = [];
  let running = 0;
  const next = (): void => {
    while (running < most) {
      const one = queue.shift();
      if (one === undefined) return;
      running += 1;
      one.start();
    }
  };
  return (hostname, options, callback) => {
    const key = JSON.stringify([hostname, options]);
    const same = asked.get(key);
    if (same !== undefined) {
      same.waiting.push(callback);
      return;
    }
    const waiting = [callback];
    const answer = (...result: Result): void => {
      running -= 1;
      asked.delete(key);
      next();
      for (const each of waiting) each(...result);
    };
    const one: LookupRequest = { waiting, start: () => resolve(hostname, options, answer) };
    asked.set(key, one);
    queue.push(one);
    next();
  };
}

/** Of this process: all clients share its threads. */
export const lookup: LookupFunction = boundedLookup();
