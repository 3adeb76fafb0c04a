/** What a replay can find, before it is asked for: what the journal holds of the time, and what it does not. */
import type { RelayOptions } from '@audit-relay/core';
import { count, fileText, gapsIn } from '../backfill/plan.ts';
import type { Span } from '../journal-account.ts';
import { lengthText, pointText } from '../point-in-time.ts';
import type { JournalReader, ReplayRequest } from '../relay-access.ts';

export type Counts = Awaited<ReturnType<JournalReader['countReplayable']>>;

export interface ReplayPlan {
  readonly request: ReplayRequest;
  /** The part of the time of which entries have left the journal, whole seconds; absent: none have. */
  readonly left?: Span;
  /** Parts of the time that were never read from the API, by source. */
  readonly unread: Readonly<Record<string, readonly Span[]>>;
  /** Names of the sources, as configured. */
  readonly sources: readonly string[];
  readonly isFile: boolean;
  /** The sink can overwrite, and is not asked to. */
  readonly couldOverwrite: boolean;
}

export interface Known {
  readonly sources: RelayOptions['sources'];
  readonly held: ReturnType<JournalReader['replayable']>;
  readonly checkpoints: ReturnType<JournalReader['checkpoints']>;
  /** So much before now may be unread without a word: it is about to be polled. */
  readonly liveSeconds: number;
  readonly nowMs: number;
  readonly isFile: boolean;
  readonly couldOverwrite: boolean;
}

export function replayPlanOf(request: ReplayRequest, known: Known): ReplayPlan {
  const { sources, held, checkpoints, liveSeconds, nowMs, isFile, couldOverwrite } = known;
  const asked = { from: request.fromMs / 1_000, to: request.toMs / 1_000 };
  const edge = Math.min(asked.to, Math.floor(nowMs / 1_000) - liveSeconds);
  const unread = Object.keys(sources).flatMap((source) => {
    const spans = unreadOf({ ...asked, to: edge }, checkpoints[source] ?? {});
    return spans.length === 0 ? [] : [[source, spans] as const];
  });
  const left = leftOf(asked, held);
  const names = Object.keys(sources);
  return { request, ...(left && { left }), unread: Object.fromEntries(unread), sources: names, isFile, couldOverwrite };
}

/** What no feed of the source has read: where one has, backfill would find nothing, or the other’s part. */
function unreadOf(asked: Span, feeds: Known['checkpoints'][string]): readonly Span[] {
  if (asked.from >= asked.to) return [];
  const { organization, tenant } = feeds;
  return gapsIn(asked, (organization ?? tenant)?.done ?? []);
}

/** What happened before the oldest that is held was received may have left; with it, nothing has. */
function leftOf(asked: Span, { left, heldSinceMs = Number.POSITIVE_INFINITY }: Known['held']): Span | undefined {
  const to = Math.min(asked.to, Math.ceil(heldSinceMs / 1_000));
  return left === 0 || to <= asked.from ? undefined : { from: asked.from, to };
}

/** For a human, before anything is done. */
export function replayPlanText(plan: ReplayPlan): string {
  const { request, left, unread, isFile, couldOverwrite } = plan;
  const { sink, fromMs, toMs, overwrite } = request;
  const [from, to] = [fromMs / 1_000, toMs / 1_000];
  const how = overwrite ? '; what the sink holds of them is replaced' : '';
  const lines = [
    `sink ${sink}: events that happened from ${pointText(from)} to before ${pointText(to)} (${lengthText(to - from)}) go out again${how}`,
    ...(left === undefined ? [] : [`  ${leftText(left)}`]),
    ...commandsFor(plan).map((command) => `    ${command}`),
    ...Object.entries(unread).flatMap(([source, spans]) =>
      spans.slice(0, SHOWN).map((span) => `  ${unreadText(source, span)}`),
    ),
    ...(isFile ? [`  ${fileText(sink)}`] : []),
    ...(couldOverwrite ? ['  what the sink holds of them stays as it is: --overwrite replaces it'] : []),
  ];
  return `${lines.join('\n')}\n`;
}

/** Gaps that are named one by one; `status` has them all. */
const SHOWN = 3;

function leftText({ from, to }: Span): string {
  return `what was journaled before ${pointText(to)} has left the journal (journal.retention, journal.max_bytes): of ${pointText(from)} to ${pointText(to)} it holds only what was read later; the API has it, for every sink:`;
}

function unreadText(source: string, { from, to }: Span): string {
  return `${pointText(from)} to ${pointText(to)} was never read from ${source}: ${command(source, { from, to })}`;
}

/** What brings from the API what has left; an empty list where nothing has. */
export function commandsFor({ left, sources }: Pick<ReplayPlan, 'left' | 'sources'>): readonly string[] {
  return left === undefined ? [] : sources.map((source) => `${command(source, left)} --again`);
}

function command(source: string, { from, to }: Span): string {
  return `audit-relay backfill --source ${source} --from ${pointText(from)} --to ${pointText(to)}`;
}

/** For a human, of a dry run. */
export function countsText({ again, excluded, toGo, firstMs, lastMs }: Counts): string {
  const span =
    firstMs === undefined || lastMs === undefined
      ? ''
      : `, from ${pointText(Math.floor(firstMs / 1_000))} to ${pointText(Math.floor(lastMs / 1_000))}`;
  const lines = [
    `  ${count(again + toGo)} events of that time are in the journal${span}`,
    `  ${count(again - excluded)} go out again; ${count(excluded)} are excluded by \`when\` as it is now`,
    ...(toGo === 0 ? [] : [`  ${count(toGo)} were not sent yet, and go out by themselves`]),
  ];
  return `${lines.join('\n')}\n`;
}
