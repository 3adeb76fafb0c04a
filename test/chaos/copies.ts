/**
 * Whether each copy at a peer has a cause: before it the event was there, and the relay could not know it, since its answer met a
 * fault of the schedule, or the life ended before a cursor said so. What was not in flight at a cause has no excuse.
 */
import type { Delivery } from './deliveries.ts';
import type { Act, SinkName } from './schedule.ts';

/** A life as far as copies go. */
export interface PastLife {
  /** Ids of what it left open, by lane. */
  readonly atRisk: ReadonlyMap<string, ReadonlySet<string>>;
  /** It began on a new journal, as the one before was damaged: what that knew is not known any more. */
  readonly beganAnew: boolean;
}

/** When something stood in the way of a peer's answers. */
export interface Disturbance {
  readonly sink: SinkName | 'all';
  readonly fromMs: number;
  toMs: number;
}

export interface CopyCase {
  readonly sink: SinkName;
  readonly deliveries: readonly Delivery[];
  readonly lives: readonly PastLife[];
  readonly disturbances: readonly Disturbance[];
}

/** How long before a disturbance an event may have come whose answer it kept back, in milliseconds: the longest time-out of a sink and a bit. */
export const ANSWER_MS = 5_500;
/** What ends does so a moment before or after we note it. */
const AFTER_MS = 500;

/** When the relay's own process stood still, by the lines of the module that is loaded before it: its time-outs may come before answers. */
export function stoodStill(talk: string): readonly Disturbance[] {
  return [...talk.matchAll(/"code":"CHAOS_STOOD_STILL","from_ms":(\d+),"to_ms":(\d+)/g)].map(([, from, to]) => ({
    sink: 'all',
    fromMs: Number(from) - performance.timeOrigin,
    toMs: Number(to) - performance.timeOrigin,
  }));
}

/** One sentence for each copy without a cause. */
export function unexcused({ sink, deliveries, lives, disturbances }: CopyCase): readonly string[] {
  const last = new Map<string, Delivery>();
  const wrong: string[] = [];
  for (const delivery of deliveries) {
    const before = last.get(delivery.id);
    last.set(delivery.id, delivery);
    if (before === undefined || before.isDisturbed) continue;
    // What was under way when a life ended may be counted to the next one.
    const ended = lives.slice(Math.max(0, before.life - 1), delivery.life);
    if (ended.some(({ atRisk }) => atRisk.get(sink)?.has(delivery.id))) continue;
    if (lives.slice(before.life + 1, delivery.life + 1).some(({ beganAnew }) => beganAnew)) continue;
    if (disturbances.some((each) => isNear(each, sink, before.atMs))) continue;
    wrong.push(`${delivery.id} came in life ${before.life} and again in ${delivery.life}, without a cause`);
  }
  return wrong;
}

function isNear(disturbance: Disturbance, sink: SinkName, atMs: number): boolean {
  if (disturbance.sink !== sink && disturbance.sink !== 'all') return false;
  return atMs > disturbance.fromMs - ANSWER_MS && atMs < disturbance.toMs + AFTER_MS;
}

/** Whose answers an act may keep from being heard, beside those of requests that meet it. */
export function disturbedBy(act: Act): SinkName | 'all' | undefined {
  if (act.kind === 'wire') return act.to === 'api' ? undefined : act.to;
  // Its acknowledgments come in other requests than its events.
  if (act.kind === 'sink') return act.sink === 'splunk' && faultsThatCopy(act.fault) ? 'splunk' : undefined;
  // What waits for an acknowledgment by the old token can be asked for by no other.
  if (act.kind === 'rotate') return act.of === 'splunk' ? 'splunk' : undefined;
  // kafkajs goes by the wall clock.
  if (act.kind === 'clock') return 'kafka';
  return act.kind === 'pause' ? 'all' : undefined;
}

/** All but those after which nothing can have been stored. */
export function faultsThatCopy(fault: string): boolean {
  return !NOTHING_STORED.has(fault);
}

const NOTHING_STORED: ReadonlySet<string> = new Set([
  '401',
  '403',
  '413',
  '429',
  '429 with Retry-After',
  'some items refused',
  'some items unavailable',
  'a rollover',
  'the queue is full',
  'it is shutting down',
  'leader not available',
  'not the leader',
  'not enough replicas',
  'an error of storage',
  'one partition of several',
  'a throttle',
]);
