/** What came of a replay: one object for a script, a few lines for a human. */

import type { Span } from '../journal-account.ts';
import { lengthText, pointText } from '../point-in-time.ts';
import { countsOf, type FollowedReplay, type ReplayOutcome } from './follow.ts';
import { type Counts, commandsFor, type ReplayPlan } from './plan.ts';

/** What `--json` prints. */
export interface Report {
  readonly sink: string;
  /** RFC 3339 both; `from` included, `to` not; by when events happened. */
  readonly from: string;
  readonly to: string;
  readonly overwrite: boolean;
  /** `planned`: a dry run. */
  readonly outcome: ReplayOutcome | 'planned';
  /** Of the time, and the commands that bring it from the API. Absent: nothing has left the journal. */
  readonly left?: { readonly from: string; readonly to: string; readonly commands: readonly string[] };
  /** Never read, by source. */
  readonly unread: Readonly<Record<string, readonly { readonly from: string; readonly to: string }[]>>;
  /** Of a dry run. */
  readonly held?: Omit<Counts, 'firstMs' | 'lastMs'> & { readonly first?: string; readonly last?: string };
  /** What became of the events. */
  readonly counts?: Readonly<Record<string, number>>;
  /** Entries that left the journal before the replay came to them. */
  readonly missed?: number;
}

export interface Reported {
  readonly plan: ReplayPlan;
  readonly counts: Counts | undefined;
  readonly followed: FollowedReplay | undefined;
}

export function reportOf({ plan, counts, followed }: Reported): Report {
  const { request, left, unread } = plan;
  const { sink, fromMs, toMs, overwrite } = request;
  const { progress } = followed ?? {};
  return {
    sink,
    ...textsOf({ from: fromMs / 1_000, to: toMs / 1_000 }),
    overwrite,
    outcome: followed?.outcome ?? 'planned',
    ...(left === undefined ? {} : { left: { ...textsOf(left), commands: commandsFor(plan) } }),
    unread: Object.fromEntries(Object.entries(unread).map(([source, spans]) => [source, spans.map(textsOf)])),
    ...(counts === undefined ? {} : { held: heldOf(counts) }),
    ...(progress === undefined ? {} : { counts: progress.counts, missed: progress.left }),
  };
}

function heldOf({ firstMs, lastMs, ...counts }: Counts): NonNullable<Report['held']> {
  return {
    ...counts,
    ...(firstMs === undefined ? {} : { first: new Date(firstMs).toISOString() }),
    ...(lastMs === undefined ? {} : { last: new Date(lastMs).toISOString() }),
  };
}

function textsOf({ from, to }: Span): { readonly from: string; readonly to: string } {
  return { from: pointText(from), to: pointText(to) };
}

/** For a human, at the end. `isHeld`: an agent has the request. */
export function endingText(
  followed: FollowedReplay,
  { sink, isHeld, tookMs }: { readonly sink: string; readonly isHeld: boolean; readonly tookMs: number },
): string {
  const { progress, outcome, troubles } = followed;
  const done = progress === undefined ? [] : [`replayed: ${countsOf(progress)}, in ${lengthText(tookMs / 1_000)}`];
  const dead = progress?.counts['dead_lettered'] ?? 0;
  const lines = [
    ...done,
    ...(dead === 0 ? [] : [`what the sink refused is kept: audit-relay dead-letters list --sink ${sink}`]),
    ...remaining(outcome, { progress, troubles, isHeld }),
  ];
  return `${lines.join('\n')}\n`;
}

function remaining(
  outcome: ReplayOutcome,
  {
    progress,
    troubles,
    isHeld,
  }: Pick<FollowedReplay, 'troubles'> & {
    readonly progress: FollowedReplay['progress'] | undefined;
    readonly isHeld: boolean;
  },
): readonly string[] {
  switch (outcome) {
    case 'replayed':
      return [];
    case 'incomplete':
      return [incompleteText(progress)];
    case 'held':
      return [...troubles, 'the rest goes out once that is mended and an agent runs; --stop ends it'];
    case 'interrupted':
      return [
        isHeld
          ? 'the agent goes on with it: audit-relay status says how far it is, --stop ends it'
          : 'the request stays in the journal, and goes on at the next start, be it of run or of replay; --stop ends it',
      ];
  }
}

function incompleteText(progress: FollowedReplay['progress'] | undefined): string {
  if (progress === undefined) return 'it is under way no more: another one stands in its place';
  if (progress.problem !== undefined) return `it ended before all was done with: ${progress.problem}`;
  return `${progress.left} entries, of whatever time, left the journal before it came to them: audit-relay backfill --again brings them from the API`;
}
