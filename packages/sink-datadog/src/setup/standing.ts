/**
 * How each object of ours stands at Datadog. Three texts decide: what we would write, what is there, and, by the digest in its
 * mark, what was written last. So a change by somebody else is told from a release of ours that is not in place yet.
 */
import { comparable, differences, digestOf } from './comparison.ts';
import { KINDS } from './kinds.ts';
import { type Mark, marked, markOf, unmarked } from './mark.ts';
import type { Content, Found, JsonObject, Kind } from './shapes.ts';

/** Goes up with every change of a body, so that an older release never undoes a newer one. */
export const SETUP_VERSION = 1;

export type Standing =
  | { readonly is: 'missing' }
  /** An object of that title is there that is not ours. */
  | { readonly is: 'foreign' }
  /** A later release wrote it. */
  | { readonly is: 'newer' }
  | { readonly is: 'current'; readonly found: Found }
  /** Ours, as we left it, of an earlier release or configuration; with what differs. */
  | { readonly is: 'outdated'; readonly found: Found; readonly differs: readonly string[] }
  /** Ours, and changed by somebody since; with what differs from what we would write. */
  | { readonly is: 'changed'; readonly found: Found; readonly differs: readonly string[] }
  /** Ours more than once, as after two set-ups at the same time. */
  | { readonly is: 'doubled'; readonly ids: readonly string[] };

/** The body as it is sent: with its mark. */
export function written({ kind, key, body }: Content): JsonObject {
  const mark: Mark = { key, version: SETUP_VERSION, digest: digestOf(cut(kind, body)) };
  return marked(body, mark, KINDS[kind].place);
}

/** @param found all of that kind that are there. */
export function standingOf(content: Content, found: readonly Found[]): Standing {
  const { place, titleAt } = KINDS[content.kind];
  const marks = found.map((each) => ({ found: each, mark: markOf(each.body, place) }));
  const ours = marks.filter(({ mark }) => mark?.key === content.key);
  const [first] = ours;
  if (first?.mark === undefined) {
    const isTaken = marks.some(({ mark, found: { body } }) => mark === undefined && body[titleAt] === content.title);
    return { is: isTaken ? 'foreign' : 'missing' };
  }
  if (ours.length > 1) return { is: 'doubled', ids: ours.map(({ found: { id } }) => id) };
  return standingOfOurs(content, first.found, first.mark);
}

function standingOfOurs({ kind, body }: Content, found: Found, mark: Mark): Standing {
  if (mark.version > SETUP_VERSION) return { is: 'newer' };
  const theirs = cut(kind, unmarked(found.body, KINDS[kind].place));
  const differs = differences(cut(kind, body), theirs);
  if (differs.length === 0) return { is: 'current', found };
  const isAsWeLeftIt = digestOf(theirs) === mark.digest;
  return { is: isAsWeLeftIt ? 'outdated' : 'changed', found, differs };
}

function cut(kind: Kind, body: JsonObject): JsonObject {
  return comparable(body, KINDS[kind]);
}
