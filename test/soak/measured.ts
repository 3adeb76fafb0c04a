/** Looks at a running agent from outside: what Linux says of its process, and what it says of itself. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import type { RelayStatus } from '@audit-relay/core';
import type { Sample } from './verdict.ts';

export interface Measured {
  readonly pid: number;
  /** Of its status. */
  readonly url: string;
  /** The journal's folder. */
  readonly journal: string;
  readonly startedMs: number;
}

export async function sampleOf({ pid, url, journal, startedMs }: Measured): Promise<Sample> {
  const status = await statusAt(url);
  const memory = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mbOf = (key: string): number =>
    (Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(memory)?.[1]) * 1_024) / 1e6;
  return {
    hours: (performance.now() - startedMs) / 3_600_000,
    rssAnon: mbOf('RssAnon'),
    rss: mbOf('VmRSS'),
    handles: readdirSync(`/proc/${pid}/fd`).length,
    journal: status.journal.bytes / 1e6,
    disk: (statSync(`${journal}/data.mdb`).blocks * 512) / 1e6,
    held: Math.max(...Object.values(status.journal.lanes).map(({ behindEntries }) => behindEntries)),
  };
}

export async function statusAt(url: string): Promise<Pick<RelayStatus, 'journal' | 'lanes' | 'sources'>> {
  // What the endpoint gives.
  return (await (await fetch(url)).json()) as RelayStatus;
}
