/**
 * Prompts and responses leave a record of the older dialect before it is journaled: they are content, which an
 * audit does not need and a journal should not hold. What `api_request` says beside them stays.
 */
import { isObject, type JsonObject, type JsonValue } from '../../event.ts';
import type { PageRecord } from '../api/page.ts';
import { memberPlaces } from '../api/scan.ts';

const MEMBER = 'api_request';
/** Of these it is known that they hold none. What is not named here may, and is left out. */
const OF_REQUEST = ['id', 'model', 'response_body_truncated', 'prompt_truncated', 'error', 'success'];
const OF_RESPONSE = ['id', 'object', 'created', 'model', 'usage'];
const OF_CHOICE = ['index', 'finish_reason'];

/** The record without bodies; the very same when it holds none. Outside of `api_request` no byte of it changes. */
export function withoutBodies(record: PageRecord): PageRecord {
  const { raw, value } = record;
  const request = isObject(value) ? value[MEMBER] : undefined;
  if (!isObject(value) || request === undefined || request === null) return record;
  const kept = isObject(request) ? requestOf(request) : null;
  const text = JSON.stringify(kept);
  if (text === JSON.stringify(request)) return record;
  // A key may stand twice: of each the text goes.
  const places = memberPlaces(raw, MEMBER);
  const ends = [0, ...places.map(({ to }) => to)];
  const pieces = places.map(({ from }, index) => raw.slice(ends[index], from) + text);
  return { raw: pieces.join('') + raw.slice(ends.at(-1)), value: { ...value, [MEMBER]: kept } };
}

function requestOf(request: JsonObject): JsonObject {
  const { response } = request;
  const kept = part(request, OF_REQUEST);
  return isObject(response) ? { ...kept, response: responseOf(response) } : kept;
}

/** `{"id":"chatcmpl-…","object":"chat.completion","model":"…","usage":{…},"choices":[{"index":0,"finish_reason":"stop"}]}` */
function responseOf(response: JsonObject): JsonObject {
  const { choices } = response;
  const kept = part(response, OF_RESPONSE);
  return isList(choices) ? { ...kept, choices: choices.filter(isObject).map((one) => part(one, OF_CHOICE)) } : kept;
}

/** In the order of the record itself. */
function part(of: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(of).filter(([key]) => keys.includes(key)));
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}
