/**
 * One page's body: checked and understood by `JSON.parse`, then cut into the records' own texts, so
 * that the journal can hold each record exactly as it was sent. `answer.ts` calls it.
 */
import { isObject, type JsonValue } from '../event.ts';
import { elementTexts } from './scan.ts';

/** `{ object, data: [ … ], first_id, last_id, has_more }`; of these only `data` and `has_more` are always there. */
export interface Page {
  readonly records: readonly PageRecord[];
  readonly hasMore: boolean;
  /** Where the next page begins: `last_id`, or the last id in the page. Undefined: there is neither. */
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
export function readPage(body: Uint8Array): Page | { readonly unreadable: string } {
  const text = decode(body);
  if (text === undefined) return { unreadable: 'the body is not UTF-8' };
  const value = parse(text);
  if (value === undefined) return { unreadable: 'the body is not JSON' };
  if (!isObject(value) || !isArray(value['data'])) return { unreadable: 'the body has no list named data' };
  // Without it nobody knows whether there is more: taking it for the end would be a silent gap.
  if (typeof value['has_more'] !== 'boolean') return { unreadable: 'the body has no has_more' };
  const texts = elementTexts(text, 'data');
  const records = value['data'].map((element, index) => ({ raw: texts[index] ?? '', value: element }));
  return { records, hasMore: value['has_more'], cursor: idIn(value['last_id']) ?? lastId(value['data']) };
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
