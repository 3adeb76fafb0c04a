/**
 * From an error of Elasticsearch to words fit for a reason, a log line and a dead letter. A reason of its own may quote
 * the document or the credential, so nothing of it is passed on but names that match the patterns below.
 */
import { z } from 'zod';

/** `error` of an item or of a whole answer. */
export interface ServerError {
  /** `document_parsing_exception`; `unknown_error` when it has none that looks like one. */
  readonly type: string;
  /** As the server wrote it: to be searched, never to be shown. */
  readonly reason: string;
}

const TYPE = /^[a-z0-9_]{1,80}$/;

/** Loose, as answers of servers are read; a proxy's `error` may be a text. */
export const serverErrorSchema: z.ZodType<ServerError> = z.object({
  type: z.string().regex(TYPE).catch('unknown_error'),
  reason: z.string().catch(''),
});

const bodySchema = z.object({ error: serverErrorSchema });

/** The error in the body of a whole answer; undefined when it has none. */
export function errorIn(body: unknown): ServerError | undefined {
  const read = bodySchema.safeParse(body);
  return read.success ? read.data.error : undefined;
}

/** A field's name as mappings have it; nothing else of a document looks like one. */
const NAME = '[\\w@.-]{1,120}';

/**
 * What may be taken out of a reason. Messages of Elasticsearch 8.19 and 9.x:
 *
 *     [1:29] failed to parse field [source.ip] of type [ip] in document with id 'x'. Preview of field's value: '…'
 *     mapping set to strict, dynamic introduction of [a] within [_doc] is not allowed
 *     Limit of total fields [1000] has been exceeded while adding new field [a.b]
 */
const DETAILS: readonly { readonly pattern: RegExp; readonly words: (found: readonly string[]) => string }[] = [
  {
    pattern: new RegExp(`failed to parse field \\[(${NAME})\\] of type \\[(\\w{1,40})\\]`),
    words: ([, field, type]) => `the field ${field} is no ${type}`,
  },
  {
    pattern: new RegExp(`dynamic introduction of \\[(${NAME})\\]`),
    words: ([, field]) => `the mapping is strict and lacks ${field}`,
  },
  {
    pattern: /Limit of (total fields|mapping depth) \[(\d{1,9})\] has been exceeded/,
    words: ([, limit, most]) => `the index allows no more than ${most} (${limit})`,
  },
];

/** `document_parsing_exception: the field source.ip is no ip`. */
export function wordsOf({ type, reason }: ServerError): string {
  for (const { pattern, words } of DETAILS) {
    const found = pattern.exec(reason);
    if (found !== null) return `${type}: ${words(found)}`;
  }
  return type;
}

/** Cluster blocks by number, from Elasticsearch's own tables (`IndexMetadata`, `Metadata`, read 2026-08). */
const BLOCKS: Readonly<Record<string, string>> = {
  5: 'the index is read-only',
  6: 'the cluster is read-only: lift cluster.blocks.read_only',
  8: 'writing to the index is blocked',
  12: 'the disk is past its flood-stage watermark: free disk space on the nodes',
  13: 'the cluster is read-only until disk space is freed',
};
/** Those that last until somebody mends them, for whatever is sent. An index of the past may be read-only on purpose. */
const LASTING: ReadonlySet<string> = new Set(['6', '12', '13']);

/** A block that holds a write back. */
export interface Block {
  readonly words: string;
  /** Nothing at all can be written until it is mended. */
  readonly isLasting: boolean;
}

/** Undefined when the error is no block. `[TOO_MANY_REQUESTS/12/disk usage exceeded …]` */
export function blockIn({ type, reason }: ServerError): Block | undefined {
  if (type !== 'cluster_block_exception') return undefined;
  const number = /\[[A-Z_]{1,40}\/(\d{1,3})\//.exec(reason)?.[1] ?? '';
  const words = `cluster_block_exception: ${BLOCKS[number] ?? `block ${number || 'unknown'}`}`;
  return { words, isLasting: LASTING.has(number) };
}

/** Actions of Elasticsearch → the index privilege that grants them (elastic.co/docs, security privileges, read 2026-08). */
const PRIVILEGES: readonly (readonly [start: string, privilege: string])[] = [
  ['indices:admin/auto_create', 'auto_configure'],
  ['indices:admin/mapping/auto_put', 'auto_configure'],
  ['indices:data/read', 'read'],
  ['indices:admin/', 'view_index_metadata'],
  ['cluster:', 'monitor'],
];

/** The privilege that a `security_exception` asks for: `action [indices:data/write/bulk[s]] is unauthorized for …`. */
export function privilegeIn({ reason }: ServerError, writing: string): string {
  const action = /action \[((?:indices|cluster):[a-z_/]{1,80})/.exec(reason)?.[1] ?? '';
  return PRIVILEGES.find(([start]) => action.startsWith(start))?.[1] ?? writing;
}
