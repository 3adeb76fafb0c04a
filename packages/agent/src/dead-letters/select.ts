/** Which dead letters a command is about: by their ids, or by what they are. */
import { POINT_FORMS, parsePoint } from '../point-in-time.ts';
import type { Item } from './item.ts';

/** As the command line has it. What is absent lets all pass; what is there must all hold. */
export interface Wanted {
  readonly ids: readonly string[];
  readonly sink?: string;
  readonly source?: string;
  /** A part of the reason, in any case of dead letters, or a kind: `rejected`, `too_large`, `undeliverable`, `unusable`. */
  readonly reason?: string;
  /** Of the event; `login.*` for all that begin so. */
  readonly type?: string;
  /** Set aside since, or before. */
  readonly from?: string;
  readonly to?: string;
}

export type Selection = (item: Item) => boolean;

/** What passes, or what is wrong with the command line, in words. */
export function selectionOf(wanted: Wanted, nowMs: number): Selection | string {
  const { ids, sink, source, reason, type, from, to } = wanted;
  const fromMs = pointMs(from, nowMs);
  const toMs = pointMs(to, nowMs);
  if (from !== undefined && fromMs === undefined) return `--from ${from} is no time: expected ${POINT_FORMS}`;
  if (to !== undefined && toMs === undefined) return `--to ${to} is no time: expected ${POINT_FORMS}`;
  const sought = new Set(ids);
  const tests: readonly (Selection | undefined)[] = [
    ids.length === 0 ? undefined : ({ head }) => sought.has(head.id),
    sink === undefined ? undefined : ({ head }) => head.sink === sink,
    source === undefined ? undefined : ({ head }) => head.source === source,
    reason === undefined ? undefined : ({ head }) => isFor(head, reason.toLowerCase()),
    type === undefined ? undefined : ({ head }) => isOfType(head.event?.type, type),
    fromMs === undefined ? undefined : ({ lastMs }) => lastMs >= fromMs,
    toMs === undefined ? undefined : ({ lastMs }) => lastMs < toMs,
  ];
  return (item) => tests.every((test) => test === undefined || test(item));
}

/** Whether anything at all narrows it. */
export function isNarrowed({ ids, ...filters }: Wanted): boolean {
  const { sink, source, reason, type, from, to } = filters;
  return ids.length > 0 || [sink, source, reason, type, from, to].some((filter) => filter !== undefined);
}

function pointMs(text: string | undefined, nowMs: number): number | undefined {
  const seconds = text === undefined ? undefined : parsePoint(text, nowMs);
  return seconds === undefined ? undefined : seconds * 1_000;
}

function isFor({ kind, reason }: Item['head'], part: string): boolean {
  return kind === part || reason.toLowerCase().includes(part);
}

function isOfType(type: string | undefined, wanted: string): boolean {
  if (type === undefined) return false;
  return wanted.endsWith('*') ? type.startsWith(wanted.slice(0, -1)) : type === wanted;
}
