/**
 * What is ours at the server, and how it stands to what it should be. An object without our `_meta` belongs to
 * somebody else, whatever its name.
 */
import { hash } from 'node:crypto';
import type { JsonObject } from './fields.ts';
import type { OwnedObject, OwnMeta, SetupAnswer } from './shapes.ts';

/** Goes up with every change of a body, so that an older release never undoes a newer one. */
export const SETUP_VERSION = 2;

/** `missing` is not there at all; `outdated` is ours, of an earlier version or another configuration. */
export type Standing = 'missing' | 'foreign' | 'newer' | 'outdated' | 'current';

const MANAGER = 'audit-relay';

/** Where each kind stands at the server, and where in its answer the `_meta` is. */
const KINDS = {
  'component template': {
    folder: '/_component_template/',
    right: 'the cluster privilege manage_index_templates',
    metaAt: () => ['component_templates', '0', 'component_template', '_meta'],
  },
  'index template': {
    folder: '/_index_template/',
    right: 'the cluster privilege manage_index_templates',
    metaAt: () => ['index_templates', '0', 'index_template', '_meta'],
  },
  'lifecycle policy': {
    folder: '/_ilm/policy/',
    right: 'the cluster privilege manage_ilm',
    metaAt: (name: string) => [name, 'policy', '_meta'],
  },
} as const;

/** A template or policy of ours. @param content the body's own part; a policy's is what stands under `policy`. */
export function owned(kind: OwnedObject['kind'], name: string, content: JsonObject): OwnedObject {
  const meta: OwnMeta = { managed_by: MANAGER, version: SETUP_VERSION, digest: digestOf(content) };
  const marked = { ...content, _meta: meta };
  return {
    kind,
    name,
    path: `${KINDS[kind].folder}${encodeURIComponent(name)}`,
    body: kind === 'lifecycle policy' ? { policy: marked } : { ...marked, version: SETUP_VERSION },
    meta,
    right: KINDS[kind].right,
  };
}

/** By the answer, 200 or 404, to a GET of the object's path. */
export function standingOf({ kind, name, meta }: OwnedObject, { status, body }: SetupAnswer): Standing {
  if (status === 404) return 'missing';
  const found = at(body, KINDS[kind].metaAt(name));
  if (!isOurs(found)) return 'foreign';
  const version = Number(at(found, ['version']));
  if (version > meta.version) return 'newer';
  return version === meta.version && at(found, ['digest']) === meta.digest ? 'current' : 'outdated';
}

/** Whether this `_meta` is one that we have written. */
export function isOurs(meta: unknown): boolean {
  return at(meta, ['managed_by']) === MANAGER;
}

/** The value at a path of a server's answer; undefined where there is none. */
export function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((part, member) => Object(part)[member], value);
}

/** 16 hex digits are plenty: it tells our own few bodies apart. */
function digestOf(content: JsonObject): string {
  return hash('sha256', JSON.stringify(content)).slice(0, 16);
}
