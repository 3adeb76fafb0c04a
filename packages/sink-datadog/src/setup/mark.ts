/**
 * How an object at Datadog says that it is ours: by tags, or, where an object has no tags of its own, by the last line of its
 * description. It holds which of ours it is, the version of the set-up, and a digest of what we wrote, so that a change by
 * somebody else is told from one of ours.
 */
import { isObject, type JsonObject, type JsonValue } from './shapes.ts';

export interface Mark {
  readonly key: string;
  /** Of the set-up that wrote it, 1 or more. */
  readonly version: number;
  /** 16 hex digits, of `digestOf`. */
  readonly digest: string;
}

/** On everything of ours that has tags: what a search, or a rule for notifications, finds all of it by. */
export const MANAGED_BY = 'managed_by:audit-relay';

const TAG = /^audit_relay:([a-z0-9-]+)\/(\d+)\/([0-9a-f]{16})$/;
const LINE = /\n\n\[audit-relay ([a-z0-9-]+)\/(\d+)\/([0-9a-f]{16})\]$/;

/** Which objects hold their mark in their description: the tags of a dashboard are names of teams alone. */
export type MarkField = 'tags' | 'description';

/** The body with its mark. */
export function marked(body: JsonObject, mark: Mark, place: MarkField): JsonObject {
  const text = `${mark.key}/${mark.version}/${mark.digest}`;
  if (place === 'description') return { ...body, description: `${descriptionOf(body)}\n\n[audit-relay ${text}]` };
  return { ...body, tags: [...tagsOf(body), MANAGED_BY, `audit_relay:${text}`] };
}

/** Undefined: somebody else made it. */
export function markOf(body: JsonObject, place: MarkField): Mark | undefined {
  const found =
    place === 'description'
      ? LINE.exec(descriptionOf(body))
      : tagsOf(body)
          .map((tag) => TAG.exec(tag))
          .find((match) => match !== null);
  const [, key, version, digest] = found ?? [];
  if (key === undefined || digest === undefined) return undefined;
  return { key, version: Number(version), digest };
}

/** The body without its mark, as it was before `marked`. */
export function unmarked(body: JsonObject, place: MarkField): JsonObject {
  if (place === 'description') return { ...body, description: descriptionOf(body).replace(LINE, '') };
  return { ...body, tags: tagsOf(body).filter((tag) => tag !== MANAGED_BY && !TAG.test(tag)) };
}

function descriptionOf({ description }: JsonObject): string {
  return typeof description === 'string' ? description : '';
}

function tagsOf({ tags }: JsonObject): readonly string[] {
  return isList(tags) ? tags.filter((tag) => typeof tag === 'string') : [];
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value) && !isObject(value);
}
