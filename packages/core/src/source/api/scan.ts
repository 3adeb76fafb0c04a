/**
 * Finds where a member, or each element of a top-level list, begins and ends in a JSON text, without building
 * values: `JSON.parse` rounds numbers beyond 2^53 and forgets the spelling. The text must be valid
 * JSON, which `page.ts` has made sure of; so a scan needs to know strings and brackets only.
 */

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * The texts of the elements of the list under `key` in the object that `json` is, without the
 * whitespace around them. Where a key stands twice the last one counts, as for `JSON.parse`.
 */
export function elementTexts(json: string, key: string): readonly string[] {
  const place = memberPlaces(json, key).at(-1);
  return place === undefined || json.charCodeAt(place.from) !== OPEN_LIST ? [] : elementsOf(json, place.from);
}

/** Where in a text a value stands: from its first character to one further than its last. */
interface ScanPosition {
  readonly from: number;
  readonly to: number;
}

/** The places of the values under `key` in the object that `json` is: none, one, or more where the key stands twice. */
export function memberPlaces(json: string, key: string): readonly ScanPosition[] {
  const places: ScanPosition[] = [];
  let at = skipSpace(json, skipSpace(json, 0) + 1);
  while (json.charCodeAt(at) === QUOTE) {
    const keyEnd = stringEnd(json, at);
    // A key may be spelled with escapes; one that is not is compared as it stands.
    const name: unknown = JSON.parse(json.slice(at, keyEnd));
    // One further than the colon.
    const from = skipSpace(json, skipSpace(json, keyEnd) + 1);
    const to = valueEnd(json, from);
    if (name === key) places.push({ from, to });
    at = skipSpace(json, skipSpace(json, to) + 1);
  }
  return places;
}

/** `at` is the list's opening bracket. */
function elementsOf(json: string, at: number): readonly string[] {
  const texts: string[] = [];
  let from = skipSpace(json, at + 1);
  while (json.charCodeAt(from) !== CLOSE_LIST) {
    const end = valueEnd(json, from);
    texts.push(json.slice(from, end));
    const next = skipSpace(json, end);
    from = json.charCodeAt(next) === COMMA ? skipSpace(json, next + 1) : next;
  }
  return texts;
}

/** One further than the last character of the value that begins at `at`. */
function valueEnd(json: string, at: number): number {
  const first = json.charCodeAt(at);
  if (first === QUOTE) return stringEnd(json, at);
  return first === OPEN_OBJECT || first === OPEN_LIST ? nestedEnd(json, at) : scalarEnd(json, at);
}

function nestedEnd(json: string, at: number): number {
  let depth = 0;
  let index = at;
  do {
    const code = json.charCodeAt(index);
    if (code === OPEN_OBJECT || code === OPEN_LIST) depth += 1;
    if (code === CLOSE_OBJECT || code === CLOSE_LIST) depth -= 1;
    index = code === QUOTE ? stringEnd(json, index) : index + 1;
  } while (depth > 0);
  return index;
}

/** `at` is the opening quote. */
function stringEnd(json: string, at: number): number {
  let quote = json.indexOf('"', at + 1);
  while (isEscaped(json, quote)) quote = json.indexOf('"', quote + 1);
  return quote + 1;
}

/** A quote after an odd number of backslashes is part of the string. */
function isEscaped(json: string, quote: number): boolean {
  let index = quote - 1;
  while (json.charCodeAt(index) === BACKSLASH) index -= 1;
  return (quote - 1 - index) % 2 === 1;
}

/** Numbers, true, false and null end where a comma, a bracket or whitespace begins. */
function scalarEnd(json: string, at: number): number {
  let index = at;
  while (index < json.length && !',]} \t\n\r'.includes(json.charAt(index))) index += 1;
  return index;
}

function skipSpace(json: string, at: number): number {
  let index = at;
  while (index < json.length && ' \t\n\r'.includes(json.charAt(index))) index += 1;
  return index;
}
