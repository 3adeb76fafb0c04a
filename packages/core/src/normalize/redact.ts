/**
 * Redaction: an entry to the entry that everything else is made from. First step after the journal, so
 * that documents, facts, filters and originals all see the same. The text itself is changed, where it
 * has to be and nowhere else: numbers beyond 2^53, the order of keys and keys that stand twice stay.
 */
import { createHmac } from 'node:crypto';
import type { Entry } from '../entry.ts';
import { LiveEntry } from '../event.ts';
import type { RedactRule } from './config.ts';
import { afterSpace, afterString, afterValue, compact } from './json-text.ts';

/** Gives the same entry when there is nothing to redact in it; otherwise one and the same for the same entry. */
export type Redact = (entry: Entry) => Entry;

/** What stands for a masked value. */
export const MASK = '[redacted]';

/** @param key of the hashes; must be there when a rule says `hash`. */
export function createRedact(rules: readonly RedactRule[], key = ''): Redact {
  if (rules.length === 0) return (entry) => entry;
  const wanted = rules.map((rule): Wanted => ({ path: rule.field, how: rule.with }));
  const done = new WeakMap<Entry, Entry>();
  return (entry) => {
    const known = done.get(entry);
    if (known !== undefined) return known;
    const raw = new Rewriting(entry.raw, key).run(wanted);
    const redacted = raw === entry.raw ? entry : new LiveEntry({ ...entry, raw });
    done.set(entry, redacted);
    return redacted;
  };
}

/** A rule, or what is left of its path below some keys. */
interface Wanted {
  readonly path: string;
  readonly how: RedactRule['with'];
}

/**
 * One pass over one text. Keys of the API hold dots (`api_key.created`), so a path can be read in more
 * than one way: all of them are followed, as too much redacted is a nuisance and too little a leak.
 */
class Rewriting {
  readonly #text: string;
  readonly #key: string;
  #written = '';
  /** What stands before this place is written. */
  #taken = 0;

  constructor(text: string, key: string) {
    this.#text = text;
    this.#key = key;
  }

  run(wanted: readonly Wanted[]): string {
    this.#below(afterSpace(this.#text, 0), wanted);
    return this.#taken === 0 ? this.#text : this.#written + this.#text.slice(this.#taken);
  }

  /** This and all that it calls give the place after the value that begins at `at`. */
  #below(at: number, wanted: readonly Wanted[]): number {
    const text = this.#text;
    if (wanted.length === 0) return afterValue(text, at);
    return this.#each(at, (one) => (text[one] === '{' ? this.#object(one, wanted) : afterValue(text, one)));
  }

  /** A member that is dropped takes a comma with it: the one before, or the one after while it comes first. */
  #object(at: number, wanted: readonly Wanted[]): number {
    const text = this.#text;
    let isFirst = true;
    let comma = at;
    let place = afterSpace(text, at + 1);
    while (text[place] !== '}') {
      const keyEnd = afterString(text, place);
      const found = follow(wanted, keyOf(text.slice(place, keyEnd)));
      const end = this.#member(afterSpace(text, afterSpace(text, keyEnd) + 1), found);
      const next = afterSpace(text, end);
      const following = text[next] === ',' ? afterSpace(text, next + 1) : next;
      if (found.how !== 'drop') isFirst = false;
      else if (isFirst) this.#replace({ from: place, to: following }, '');
      else this.#replace({ from: comma, to: end }, '');
      comma = next;
      place = following;
    }
    return place + 1;
  }

  #member(at: number, { how, deeper }: Found): number {
    if (how === undefined) return this.#below(at, deeper);
    if (how === 'drop') return afterValue(this.#text, at);
    return this.#each(at, (one) => this.#value(one, how));
  }

  /** Of a list each element, however deep it lies in lists of lists; anything else by itself. */
  #each(at: number, take: (at: number) => number): number {
    const text = this.#text;
    if (text[at] !== '[') return take(at);
    let depth = 0;
    let place = at;
    do {
      const next = text.charAt(place);
      if (next === '[') depth += 1;
      if (next === ']') depth -= 1;
      place = afterSpace(text, '[],'.includes(next) ? place + 1 : take(place));
    } while (depth > 0);
    return place;
  }

  /** Null and the empty text hide nothing, and anything in their place would look like a value. */
  #value(at: number, how: 'hash' | 'mask'): number {
    const end = afterValue(this.#text, at);
    const json = this.#text.slice(at, end);
    if (json !== 'null' && json !== '""') {
      this.#replace({ from: at, to: end }, how === 'mask' ? `"${MASK}"` : `"${this.#hash(json)}"`);
    }
    return end;
  }

  /** Of a string its value, so that others can compute it; of anything else its JSON text. */
  #hash(json: string): string {
    // What begins with a quote parses to a string.
    const value = json.startsWith('"') ? (JSON.parse(json) as string) : compact(json);
    return createHmac('sha256', this.#key).update(value).digest('hex');
  }

  #replace({ from, to }: { readonly from: number; readonly to: number }, by: string): void {
    this.#written += this.#text.slice(this.#taken, from) + by;
    this.#taken = to;
  }
}

interface Found {
  /** Set: a path ends here; the first rule that says so holds. */
  readonly how: RedactRule['with'] | undefined;
  readonly deeper: readonly Wanted[];
}

function follow(wanted: readonly Wanted[], key: string): Found {
  const deeper: Wanted[] = [];
  for (const { path, how } of wanted) {
    if (path === key) return { how, deeper: [] };
    if (path.startsWith(`${key}.`)) deeper.push({ path: path.slice(key.length + 1), how });
  }
  return { how: undefined, deeper };
}

/** `json` is a string with its quotes; almost none has an escape. */
function keyOf(json: string): string {
  // What begins with a quote parses to a string.
  return json.includes('\\') ? (JSON.parse(json) as string) : json.slice(1, -1);
}
