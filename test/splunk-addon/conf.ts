/** Splunk’s .conf files, read by a parser of ini files: a line that ends in a backslash goes on, as Splunk has it. */
import { parse } from 'js-ini';

/** Settings by their stanza, in the order of the file. */
export type Conf = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** @throws Error for what is no stanza, no setting and no comment, and for a stanza or a setting that is there twice. */
export function readConf(text: string): Conf {
  refuseDoubles(text);
  const joined = text.replaceAll(/\\\n\s*/g, '');
  const parsed = parse(joined, { comment: '#', delimiter: '=', autoTyping: false });
  return new Map(
    Object.entries(parsed).map(([stanza, settings]) => [
      stanza,
      new Map(Object.entries(Object(settings)).map(([key, value]) => [key, String(value)])),
    ]),
  );
}

/** The parser takes the last of two, as Splunk does; here it is a slip. */
function refuseDoubles(text: string): void {
  let seen = new Set<string>();
  const stanzas = new Set<string>();
  for (const line of text.split('\n')) {
    const stanza = /^\[(.*)\]$/.exec(line)?.[1];
    const key = /^([A-Za-z][\w.-]*)\s*=/.exec(line)?.[1];
    if (stanza !== undefined) seen = new Set();
    const [place, name] = stanza === undefined ? [seen, key] : [stanzas, stanza];
    if (name === undefined) continue;
    if (place.has(name)) throw new Error(`${name} is there twice`);
    place.add(name);
  }
}
