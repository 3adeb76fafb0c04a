/** What the page knows: the last of each message, and the points of the charts. Pure: messages in, the next state out. */
import type { RelayStatus } from '@audit-relay/core';
import type { DeadLetterHead } from '../../src/dead-letters/item.ts';
import { type Sample, sampleOf } from '../../src/http/status-page/history.ts';

export type LaneStatus = RelayStatus['lanes'][string];
export type SourceStatus = RelayStatus['sources'][string];
export type FeedStatus = NonNullable<SourceStatus['feeds']['organization']>;

interface Head {
  readonly atMs: number;
  readonly elapsedMs: number;
  readonly agent: { readonly state: string; readonly pid: number; readonly journal: string };
  /** Why it is not open yet, where it takes long. */
  readonly problem?: string;
}

/** The whole status; while the journal is being opened the head alone. */
export type Status = Head & RelayStatus;

/** How it stands with the agent. */
export type Link =
  | { readonly kind: 'connecting' | 'live' }
  | { readonly kind: 'token'; readonly isWrong: boolean }
  | { readonly kind: 'lost'; readonly sinceMs: number; readonly why: string };

export interface State {
  readonly link: Link;
  readonly head?: Head;
  readonly status?: Status;
  readonly letters: Readonly<Record<string, readonly DeadLetterHead[]>>;
  readonly yaml: string;
  readonly points: readonly Sample[];
}

export const BEGINNING: State = { link: { kind: 'connecting' }, letters: {}, yaml: '', points: [] };

/** By the name of the event. Unknown ones are of a later version. */
export function received(state: State, name: string, data: unknown): State {
  // The agent has written it, of the version that served this page.
  if (name === 'history') return { ...state, points: (data as { readonly samples: readonly Sample[] }).samples };
  if (name === 'dead_letters') return { ...state, letters: data as State['letters'] };
  if (name === 'configuration') return { ...state, yaml: (data as { readonly yaml: string }).yaml };
  if (name !== 'status') return state;
  const head = data as Head;
  const link: Link = { kind: 'live' };
  if (!('lanes' in head)) return { ...state, link, head };
  const status = head as Status;
  return { ...state, link, head, status, points: withPoint(state.points, status) };
}

/** As far back as the charts go, in milliseconds. */
const KEPT_MS = 3_600_000;
/** No two points of a chart lie closer together. */
const APART_MS = 1_900;

function withPoint(points: readonly Sample[], status: Status): readonly Sample[] {
  const last = points.at(-1);
  if (last !== undefined && status.elapsedMs - last.elapsedMs < APART_MS) return points;
  const first = status.elapsedMs - KEPT_MS;
  return [...points.filter(({ elapsedMs }) => elapsedMs >= first), sampleOf(status, status)];
}
