/** Waits until a relay has nothing left to read or to deliver, for as long as there is progress. */
import { setTimeout } from 'node:timers/promises';
import type { RelayStatus } from '@audit-relay/core';
import { dueRows, type FeedStarts } from './truth.ts';
import type { ChaosWorld } from './world.ts';

const POLL_MS = 60;
/** Longer than the longest wait of a lane or a source that is told to be patient, in milliseconds. */
const STUCK_MS = 75_000;

interface Draining {
  readonly world: ChaosWorld;
  /** Of the relay's status. */
  readonly url: string;
  /** Resolves when its process has ended. */
  readonly ended: Promise<undefined>;
}

/** What is wrong when it gives up; empty when everything is delivered. */
export async function drained({ world, url, ended }: Draining): Promise<readonly string[]> {
  let isOver = false;
  ended.then(
    () => (isOver = true),
    () => (isOver = true),
  );
  let last = '';
  let sinceMs = performance.now();
  let status: RelayStatus | undefined;
  while (!isOver) {
    status = (await statusAt(url)) ?? status;
    if (status !== undefined && isDone(status, world)) return [];
    const progress = JSON.stringify([status?.journal.entries, Object.values(status?.journal.lanes ?? {})]);
    if (progress !== last) {
      last = progress;
      sinceMs = performance.now();
    }
    if (performance.now() - sinceMs > STUCK_MS) return [`no progress for ${STUCK_MS} ms: ${told(status, world)}`];
    await setTimeout(POLL_MS);
  }
  return [`the process ended before everything was delivered: ${told(status, world)}`];
}

async function statusAt(url: string): Promise<RelayStatus | undefined> {
  try {
    const status: Partial<RelayStatus> = Object(await (await fetch(url)).json());
    // One that is opening has no journal yet.
    return status.journal === undefined ? undefined : (status as RelayStatus);
  } catch {
    return undefined;
  }
}

function isDone(status: RelayStatus, world: ChaosWorld): boolean {
  const { entries, lanes } = status.journal;
  const starts = startsIn(status);
  if (starts === undefined || entries < dueRows(world, starts).length) return false;
  if (dueRows(world, starts).some(({ id }) => !world.hasArrived(id))) return false;
  return Object.values(lanes).every(({ behindEntries, law }) => behindEntries === 0 && law?.held === 0);
}

function startsIn({ sources }: RelayStatus): FeedStarts | undefined {
  const { organization, tenant } = sources['acme']?.feeds ?? {};
  if (organization?.startSeconds === undefined || tenant?.startSeconds === undefined) return undefined;
  return { organization: organization.startSeconds, tenant: tenant.startSeconds };
}

function told(status: RelayStatus | undefined, world: ChaosWorld): string {
  if (status === undefined) return 'it has no status';
  const starts = startsIn(status);
  const due = starts === undefined ? 'unknown' : dueRows(world, starts).length;
  const lanes = Object.entries(status.lanes).map(([name, { health, problem }]) => [name, health, problem]);
  const feeds = Object.entries(status.sources['acme']?.feeds ?? {}).map(([name, feed]) => [
    name,
    feed?.health,
    feed?.problem,
    feed?.completeTo,
  ]);
  return JSON.stringify({ due, entries: status.journal.entries, journal: status.journal.lanes, lanes, feeds });
}
