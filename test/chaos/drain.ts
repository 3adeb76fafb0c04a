/** Waits until a relay has nothing left to read or to deliver, for as long as there is progress. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import type { RelayStatus } from '@audit-relay/core';
import { dueRows, type FeedStarts, namelessCount } from './truth.ts';
import type { ChaosWorld } from './world.ts';

const POLL_MS = 250;
const MOST_COUNTED_MS = 1_000;
/** Longest wait for the status; one that comes too late is asked for again. */
const STATUS_MS = 5_000;

interface Draining {
  readonly world: ChaosWorld;
  /** Of the relay's status. */
  readonly url: string;
  /** Resolves when its process has ended. */
  readonly ended: Promise<undefined>;
  /** How long nothing may move. */
  readonly patienceMs: number;
}

/** What is wrong when it gives up; empty when everything is delivered. */
export async function drained({ world, url, ended, patienceMs }: Draining): Promise<readonly string[]> {
  let isOver = false;
  ended.then(
    () => (isOver = true),
    () => (isOver = true),
  );
  let last = '';
  let stillMs = 0;
  let status: RelayStatus | undefined;
  while (!isOver) {
    const begunMs = performance.now();
    status = (await statusAt(url)) ?? status;
    if (status !== undefined && isDone(status, world)) return [];
    const { entries, lanes = {}, replays, retrying, malformedRecords } = status?.journal ?? {};
    const progress = JSON.stringify([entries, Object.values(lanes), replays, retrying, malformedRecords]);
    if (progress !== last) {
      last = progress;
      stillMs = 0;
    }
    if (stillMs > patienceMs) {
      return [`no progress for ${patienceMs} ms: ${told(status, world)}`, await waysTold(world)];
    }
    await setTimeout(POLL_MS);
    // What a machine that does not let us look takes longer is no patience lost.
    stillMs += Math.min(performance.now() - begunMs, MOST_COUNTED_MS);
  }
  return [`the process ended before everything was delivered: ${told(status, world)}`];
}

async function statusAt(url: string): Promise<RelayStatus | undefined> {
  try {
    const status: Partial<RelayStatus> = Object(
      await (await fetch(url, { signal: AbortSignal.timeout(STATUS_MS) })).json(),
    );
    // One that is opening has no journal yet.
    return status.journal === undefined ? undefined : (status as RelayStatus);
  } catch {
    return undefined;
  }
}

function isDone(status: RelayStatus, world: ChaosWorld): boolean {
  const { entries, lanes, replays, retrying, malformedRecords } = status.journal;
  const starts = startsIn(status);
  if (starts === undefined) return false;
  const due = dueRows(world, starts);
  // What was delivered before the journal was damaged need not be in the new one.
  if (entries < due.length && !world.isSpoiled) return false;
  if (due.some((row) => !world.hasArrived(row))) return false;
  if ((malformedRecords['acme'] ?? 0) < namelessCount(world, starts)) return false;
  // What was asked for, in whatever life, is done with.
  if (Object.values(replays).some(({ endedMs }) => endedMs === undefined)) return false;
  if (Object.values(retrying).some((count) => count > 0)) return false;
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
  const { entries, lanes: journal, replays, retrying, malformedRecords } = status.journal;
  return JSON.stringify({ due, entries, journal, replays, retrying, malformedRecords, lanes, feeds });
}

/** Whether the harness itself is in the way: each wire, how long its port takes to answer us, and how late this process's timers are. */
async function waysTold({ parts: { api, peers } }: ChaosWorld): Promise<string> {
  const begunMs = performance.now();
  await setTimeout(0);
  const lateMs = Math.round(performance.now() - begunMs);
  const ways = Object.entries({
    api,
    ...Object.fromEntries(Object.entries(peers).map(([name, { wire }]) => [name, wire])),
  });
  const told = await Promise.all(
    ways.map(async ([name, wire]) => `${name}: ${wire.state}, ${await connectTold(wire.port)}`),
  );
  return `by the harness: its timers are late by ${lateMs} ms; ${told.join('; ')}`;
}

async function connectTold(port: number): Promise<string> {
  const begunMs = performance.now();
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(CONNECT_MS) });
    return `ours took ${Math.round(performance.now() - begunMs)} ms`;
  } catch (error) {
    return `ours failed: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    socket.destroy();
  }
}

const CONNECT_MS = 5_000;
