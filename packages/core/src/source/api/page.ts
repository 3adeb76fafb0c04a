/**
 * One page's body: checked and understood by `JSON.parse`, then cut into the records' own texts, so
 * that the journal can hold each record exactly as it was sent. `answer.ts` calls it.
 */
import type { Dialect } from '../../entry.ts';
import { isObject, type JsonObject, type JsonValue } from '../../event.ts';
import { elementTexts } from './scan.ts';

/**
 * `{ object, data: [ … ], first_id, last_id, has_more }`; of these only `data` and `has_more` are always there.
 * In the older dialect `{ data: [ … ], has_more, after }`, where the list may have any name.
 */
export interface Page {
  readonly records: readonly PageRecord[];
  readonly hasMore: boolean;
  /** Where the next page begins: `last_id` or `after`, or the last id in the page. Undefined: there is neither. */
  readonly cursor: string | undefined;
}

/** One element of `data`: its own text, and what it says. */
export interface PageRecord {
  readonly raw: string;
  readonly value: JsonValue;
}

/** Fatal: a byte that is no UTF-8 would be journaled as another text than the one that was sent. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The page, or why it cannot be read; the reason quotes nothing of the body. */
export function readPage(body: Uint8Array, dialect: Dialect): Page | { readonly unreadable: string } {
  const text = decode(body);
  if (text === undefined) return { unreadable: 'the body is not UTF-8' };
  const value = parse(text);
  if (value === undefined) return { unreadable: 'the body is not JSON' };
  const name = isObject(value) ? listIn(value, dialect) : undefined;
  const list = isObject(value) && name !== undefined ? value[name] : undefined;
  if (!isObject(value) || name === undefined || !isArray(list)) return { unreadable: NO_LIST[dialect] };
  // Without it nobody knows whether there is more: taking it for the end would be a silent gap.
  if (typeof value['has_more'] !== 'boolean') return { unreadable: 'the body has no has_more' };
  const texts = elementTexts(text, name);
  const records = list.map((element, index) => ({ raw: texts[index] ?? '', value: element }));
  const cursor = idIn(value[dialect === 'organization_logs' ? 'after' : 'last_id']) ?? lastId(list);
  return { records, hasMore: value['has_more'], cursor };
}

const NO_LIST: Readonly<Record<Dialect, string>> = {
  audit_logs: 'the body has no list named data',
  organization_logs: 'the body has no list, or more than one',
};

/** The name of the list. What the older dialect calls it is said nowhere, so its only list is taken. */
function listIn(body: JsonObject, dialect: Dialect): string | undefined {
  if (dialect === 'audit_logs') return 'data';
  const [name, ...others] = Object.keys(body).filter((key) => isArray(body[key]));
  return others.length === 0 ? name : undefined;
}

/** An id is any text that is not empty; everything else is none. */
export function idIn(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function isArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function lastId(data: readonly JsonValue[]): string | undefined {
  const last = data.findLast((element) => isObject(element) && idIn(element['id']) !== undefined);
  return isObject(last) ? idIn(last['id']) : undefined;
}

function decode(body: Uint8Array): string | undefined {
  try {
    return utf8.decode(body);
  } catch {
    return undefined;
  }
}

function parse(text: string): JsonValue | undefined {
  try {
    // What JSON.parse returns is a JSON value by definition.
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}
