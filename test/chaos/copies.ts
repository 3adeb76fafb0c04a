/**
 * Whether each copy at a peer has a cause: before it the event was there, and the relay could not know it, since its answer met a
 * fault of the schedule, or the life ended before a cursor said so. What was not in flight at a cause has no excuse.
 */
import type { Risk } from './at-risk.ts';
import type { Delivery } from './deliveries.ts';
import type { AskedReplay } from './requests.ts';
import type { Act, Proxiable, SinkName } from './schedule.ts';

/** A life as far as copies go. */
export interface PastLife extends Risk {
  /** It began on a new journal, as the one before was damaged: what that knew is not known any more. */
  readonly beganAnew: boolean;
}

/** When something stood in the way of a peer's answers. */
export interface Disturbance {
  readonly sink: SinkName | 'all';
  readonly fromMs: number;
  toMs: number;
  /** A process stood still by itself, on a machine that is busy: one of many moments. */
  readonly isStall?: true;
}

export interface CopyCase {
  readonly sink: SinkName;
  readonly deliveries: readonly Delivery[];
  readonly lives: readonly PastLife[];
  readonly disturbances: readonly Disturbance[];
  /** Of this sink. */
  readonly replays: readonly AskedReplay[];
  /** When an event happened, in milliseconds since the epoch. */
  readonly happenedMs: (id: string) => number;
}

export interface JudgedCopies {
  /** One sentence for each copy without a cause. */
  readonly wrong: readonly string[];
  /** Copies whose cause is a replay that was asked for. */
  readonly replayed: number;
}

/** How long before a disturbance an event may have come whose answer it kept back, in milliseconds: the longest time-out of a sink and a bit. */
export const ANSWER_MS = 5_500;
/** What ends does so a moment before or after we note it. */
const AFTER_MS = 500;

/** When the relay's own process stood still, by the lines of the module that is loaded before it: its time-outs may come before answers. */
export function stoodStill(talk: string): readonly Disturbance[] {
  return [...talk.matchAll(/"code":"CHAOS_STOOD_STILL","from_ms":(\d+),"to_ms":(\d+)/g)].map(([, from, to]) => ({
    sink: 'all',
    isStall: true,
    fromMs: Number(from) - performance.timeOrigin,
    toMs: Number(to) - performance.timeOrigin,
  }));
}

/** Each copy held against its causes; of a replay each is one once in a life. */
export function judgeCopies(given: CopyCase): JudgedCopies {
  const last = new Map<string, Delivery>();
  const used = new Set<string>();
  const replayed = new Set<string>();
  const wrong: string[] = [];
  for (const delivery of given.deliveries) {
    const { id, life } = delivery;
    const before = last.get(id);
    last.set(id, delivery);
    if (before === undefined) continue;
    const uses = replaysOf(delivery, given);
    const counted = uses.find((use) => !replayed.has(use));
    if (counted !== undefined) replayed.add(counted);
    if (isExcused(delivery, before, given)) continue;
    const use = uses.find((each) => !used.has(each));
    if (use !== undefined) used.add(use);
    else wrong.push(`${id} came in life ${before.life} and again in ${life}, without a cause`);
  }
  return { wrong, replayed: replayed.size };
}

/** Replays that may have brought it, each as it is in this life. */
function replaysOf({ id, life, atMs }: Delivery, { replays, happenedMs }: CopyCase): readonly string[] {
  return replays.flatMap(({ askedMs, fromMs, toMs }, number) =>
    askedMs <= atMs && happenedMs(id) >= fromMs && happenedMs(id) < toMs ? [`${number} ${life} ${id}`] : [],
  );
}

/** By what kept the answer to the one before from being heard. */
function isExcused({ id, life }: Delivery, before: Delivery, { sink, lives, disturbances }: CopyCase): boolean {
  if (before.isDisturbed) return true;
  // What was under way when a life ended may be counted to the next one.
  const ended = lives.slice(Math.max(0, before.life - 1), life);
  if (ended.some(({ atRisk }) => atRisk.get(sink)?.has(id))) return true;
  if (lives.slice(before.life, life + 1).some(({ cutOff }) => cutOff.get(sink)?.has(id))) return true;
  if (lives.slice(before.life + 1, life + 1).some(({ beganAnew }) => beganAnew)) return true;
  if (disturbances.some((each) => each.isStall !== true && isNear(each, sink, before.atMs))) return true;
  return stillMs(disturbances, before.atMs) >= MUCH_MS;
}

/** So much standing still within the time for an answer, in pieces or at once, may have used it up. */
const MUCH_MS = 1_000;

function stillMs(disturbances: readonly Disturbance[], atMs: number): number {
  const [fromMs, toMs] = [atMs - AFTER_MS, atMs + ANSWER_MS];
  const stalls = disturbances.filter(({ isStall }) => isStall === true);
  return stalls.reduce((sum, each) => sum + Math.max(0, Math.min(each.toMs, toMs) - Math.max(each.fromMs, fromMs)), 0);
}

function isNear(disturbance: Disturbance, sink: SinkName, atMs: number): boolean {
  if (disturbance.sink !== sink && disturbance.sink !== 'all') return false;
  return atMs > disturbance.fromMs - ANSWER_MS && atMs < disturbance.toMs + AFTER_MS;
}

/** Whose answers an act may keep from being heard, beside those of requests that meet it. @param proxied who is behind the HTTP proxy */
export function disturbedBy(act: Act, proxied: readonly Proxiable[]): readonly (SinkName | 'all')[] {
  switch (act.kind) {
    case 'wire':
      return act.to === 'api' ? [] : [act.to];
    case 'tunnel':
      return proxied.filter((each) => each !== 'api');
    case 'sink':
      // Its acknowledgments come in other requests than its events.
      return act.sink === 'splunk' && faultsThatCopy(act.fault) ? ['splunk'] : [];
    case 'rotate':
      // What waits for an acknowledgment by the old token can be asked for by no other.
      return act.of === 'splunk' ? ['splunk'] : [];
    case 'clock':
      // kafkajs goes by the wall clock.
      return ['kafka'];
    case 'pause':
      return ['all'];
    default:
      return [];
  }
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
  'an incorrect index',
  'no channel arrives',
  'an invalid channel',
  'the queues are full by 429',
  'the channel is full by 429',
  'there is no such address',
  'the queues are nearly full',
  'the channel is nearly full',
  'leader not available',
  'not the leader',
  'not enough replicas',
  'an error of storage',
  'one partition of several',
  'a throttle',
]);
