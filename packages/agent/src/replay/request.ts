/** What `replay` asks for: the request that the core takes, made of the command line. */
import type { SinkOptions } from '@audit-relay/core';
import { unknownName } from '../asking.ts';
import { POINT_FORMS, parsePoint } from '../point-in-time.ts';
import type { ReplayRequest } from '../relay-access.ts';

/** As the command line has it. */
export interface Wanted {
  readonly sink: string;
  readonly from: string;
  /** Absent: up to now. */
  readonly to?: string;
  readonly overwrite: boolean;
}

type Sinks = Readonly<Record<string, SinkOptions>>;

/** A request, or what is wrong with it, in words. */
export function checkedRequest(
  { sink, overwrite, ...time }: Wanted,
  sinks: Sinks,
  nowMs: number,
): ReplayRequest | string {
  if (!Object.hasOwn(sinks, sink)) return unknownName('sink', sink, Object.keys(sinks));
  const from = parsePoint(time.from, nowMs);
  // What happened in this very second is meant as well.
  const to = time.to === undefined ? Math.floor(nowMs / 1_000) + 1 : parsePoint(time.to, nowMs);
  if (from === undefined) return `--from ${time.from} is no time: expected ${POINT_FORMS}`;
  if (to === undefined) return `--to ${time.to} is no time: expected ${POINT_FORMS}`;
  if (from >= to) return '--from must lie before --to';
  return { sink, fromMs: Math.max(0, from) * 1_000, toMs: Math.max(0, to) * 1_000, overwrite };
}

/** Why the sink cannot overwrite, as its plugin says by its configuration; undefined where it can. */
export function overwriteRefusal({ plugin, config }: SinkOptions): string | undefined {
  if (plugin.overwriteRefusal === undefined) return `a ${plugin.type} sink replaces no event`;
  return plugin.overwriteRefusal(config);
}
