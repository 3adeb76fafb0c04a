/** What `backfill` asks for: the request that the core takes, made of the command line. */
import type { Relay, RelayOptions } from '@audit-relay/core';
import { unknownName } from '../asking.ts';
import { POINT_FORMS, parsePoint } from '../point-in-time.ts';

export type BackfillRequest = Parameters<Relay['backfill']>[0];
export type BackfillProgress = ReturnType<Relay['backfillProgress']>;

/** As the command line has it. */
export interface Wanted {
  readonly from: string;
  /** Absent: up to now. */
  readonly to?: string;
  /** May be absent where there is one source. */
  readonly source?: string;
  readonly again: boolean;
}

export type SourceConfig = RelayOptions['sources'][string];

/** A request and the configuration of its source. */
export interface Checked {
  readonly request: BackfillRequest;
  readonly source: SourceConfig;
}

/** What is asked for, or what is wrong with it, in words. A time that has not come yet is left to live polling. */
export function checkedRequest(wanted: Wanted, sources: RelayOptions['sources'], nowMs: number): Checked | string {
  const names = Object.keys(sources);
  const { source: name = names.length === 1 ? names[0] : undefined, again } = wanted;
  if (name === undefined) return `there are several sources: name one with --source: ${names.join(', ')}`;
  const source = sources[name];
  if (source === undefined) return unknownName('source', name, names);
  const now = Math.floor(nowMs / 1_000);
  const from = parsePoint(wanted.from, nowMs);
  const to = wanted.to === undefined ? now : parsePoint(wanted.to, nowMs);
  if (from === undefined) return `--from ${wanted.from} is no time: expected ${POINT_FORMS}`;
  if (to === undefined) return `--to ${wanted.to} is no time: expected ${POINT_FORMS}`;
  if (from >= now) return '--from lies in the future: what is to come is read anyway';
  if (from >= to) return '--from must lie before --to';
  return { request: { source: name, from, to: Math.min(to, now), again }, source };
}
