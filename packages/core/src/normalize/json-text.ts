/**
 * Walking JSON text without parsing it, for changes that leave every other byte as it was. The text must
 * be valid JSON; places are UTF-16 code units from 0. Nothing recurses, whatever the depth.
 */

/** The next place that is no white space. */
export function afterSpace(text: string, at: number): number {
  let place = at;
  while (text.charCodeAt(place) <= SPACE) place += 1;
  return place;
}

/** The place after the string whose opening quote is at `at`. */
export function afterString(text: string, at: number): number {
  let end = text.indexOf('"', at + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end + 1;
}

/** The place after the value that begins at `at`. */
export function afterValue(text: string, at: number): number {
  const first = text[at];
  if (first === '"') return afterString(text, at);
  return first === '{' || first === '[' ? afterNested(text, at) : afterScalar(text, at);
}

/** The text without white space between its tokens: what numbers beyond 2^53 survive. */
export function compact(json: string): string {
  let kept = '';
  let from = 0;
  let place = 0;
  while (place < json.length) {
    if (json[place] === '"') place = afterString(json, place);
    else if (json.charCodeAt(place) > SPACE) place += 1;
    else {
      kept += json.slice(from, place);
      place = afterSpace(json, place);
      from = place;
    }
  }
  return kept + json.slice(from);
}

const SPACE = 0x20;

/** A quote is part of the string when an odd number of backslashes stands before it. */
function isEscaped(text: string, quote: number): boolean {
  let before = quote - 1;
  while (text[before] === '\\') before -= 1;
  return (quote - before) % 2 === 0;
}

function afterNested(text: string, at: number): number {
  let depth = 0;
  let place = at;
  do {
    const next = text[place];
    if (next === '{' || next === '[') depth += 1;
    else if (next === '}' || next === ']') depth -= 1;
    place = next === '"' ? afterString(text, place) : place + 1;
  } while (depth > 0);
  return place;
}

function afterScalar(text: string, at: number): number {
  let place = at;
  while (place < text.length && !/[\s,\]}]/.test(text.charAt(place))) place += 1;
  return place;
}
