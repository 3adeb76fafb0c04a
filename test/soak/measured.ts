/** Looks at a running agent from outside: what Linux says of its process, and what it says of itself. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import type { RelayStatus } from '@audit-relay/core';
import type { Lived } from './heap-probe.ts';
import { idsMb } from './ids.ts';
import type { Sample } from './verdict.ts';

export interface Measured {
  readonly pid: number;
  /** Of its status. */
  readonly url: string;
  /** The journal's folder. */
  readonly journal: string;
  readonly startedMs: number;
  /** What `heap-probe.ts` says. */
  lived(): Promise<Lived>;
}

/** An agent that has no time to answer is asked again at the next sample. */
export const ANSWER_MS = 20_000;

/** @param rate events a second, since the agent's start. */
export async function sampleOf({ pid, url, journal, startedMs, lived }: Measured, rate: number): Promise<Sample> {
  const [status, { bytes }] = await Promise.all([statusAt(url), lived()]);
  const memory = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mbOf = (key: string): number =>
    (Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(memory)?.[1]) * 1_024) / 1e6;
  const nowMs = Date.now();
  const sinceMs = performance.now() - startedMs;
  return {
    hours: sinceMs / 3_600_000,
    ...(bytes === undefined ? {} : { lived: bytes / 1e6 }),
    rssAnon: mbOf('RssAnon'),
    ids: idsMb({ rate, fromMs: nowMs - sinceMs, toMs: nowMs }),
    rssFile: mbOf('RssFile'),
    rss: mbOf('VmRSS'),
    handles: readdirSync(`/proc/${pid}/fd`).length,
    journal: status.journal.bytes / 1e6,
    disk: (statSync(`${journal}/data.mdb`).blocks * 512) / 1e6,
    held: Math.max(...Object.values(status.journal.lanes).map(({ behindEntries }) => behindEntries)),
  };
}

export async function statusAt(url: string): Promise<Pick<RelayStatus, 'journal' | 'lanes' | 'sources'>> {
  // What the endpoint gives.
  return (await (await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) })).json()) as RelayStatus;
}
