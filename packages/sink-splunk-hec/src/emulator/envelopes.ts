/** Reads the body of a request as Splunk does: JSON objects one after another, each looked at by itself. */

/** An event as Splunk would index it. */
export interface HecEvent {
  /** Seconds since the epoch; absent: the time of arrival. */
  readonly time?: number;
  readonly host?: string;
  readonly source?: string;
  readonly sourcetype?: string;
  readonly index: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly event: unknown;
  /** The envelope as it was sent. */
  readonly text: string;
}

/** What is wrong with the first envelope that is not right. */
export interface Wrong {
  readonly code: 6 | 7 | 12 | 13 | 15;
  readonly at: number;
}

export interface ReadBody {
  /** Those before the first that is wrong. */
  readonly events: readonly HecEvent[];
  readonly wrong?: Wrong;
}

export interface Allowed {
  /** Names of indexes; absent: all. */
  readonly indexes?: readonly string[];
  readonly defaultIndex: string;
}

export function readBody(body: string, allowed: Allowed): ReadBody {
  const events: HecEvent[] = [];
  for (const text of objectsIn(body)) {
    const read = readOne(text, allowed);
    if (typeof read === 'number') return { events, wrong: { code: read, at: events.length } };
    events.push(read);
  }
  return { events };
}

/** An envelope before it is found to be right; each value is of any kind. */
type Raw = Readonly<Record<'event' | 'fields' | 'index' | 'time' | 'host' | 'source' | 'sourcetype', unknown>>;

type EnvelopeIn = Pick<HecEvent, 'event' | 'time'> & Partial<HecEvent>;

/** In the order in which Splunk looks. */
const RULES: readonly { readonly code: Wrong['code']; isWrong(raw: Raw, allowed: Allowed): boolean }[] = [
  { code: 12, isWrong: ({ event }) => event === undefined || event === null },
  { code: 13, isWrong: ({ event }) => event === '' },
  { code: 6, isWrong: ({ fields }) => fields !== undefined && !isObject(fields) },
  { code: 15, isWrong: ({ fields }) => !Object.values(Object(fields)).every(isFlat) },
  { code: 7, isWrong: ({ index }, allowed) => !isAllowed(index ?? allowed.defaultIndex, allowed) },
  { code: 6, isWrong: ({ time }) => time !== undefined && !Number.isFinite(Number(time)) },
  { code: 6, isWrong: ({ host, source, sourcetype }) => ![host, source, sourcetype].every(isTextOrAbsent) },
];

function readOne(text: string, allowed: Allowed): HecEvent | Wrong['code'] {
  const envelope = parsed(text);
  if (!isObject(envelope)) return 6;
  // Each value is looked at by a rule before it counts as what it should be.
  const raw = envelope as Raw;
  const broken = RULES.find(({ isWrong }) => isWrong(raw, allowed));
  if (broken !== undefined) return broken.code;
  // As the rules have found it: a time, where there is one, may still be a text.
  const { time, ...rest } = { index: allowed.defaultIndex, fields: {}, ...(envelope as EnvelopeIn) };
  return { ...rest, ...(time === undefined ? {} : { time: Number(time) }), text };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isAllowed(index: unknown, { indexes }: Allowed): boolean {
  return typeof index === 'string' && (indexes === undefined || indexes.includes(index));
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

function isFlat(value: unknown): boolean {
  return Array.isArray(value)
    ? value.every((item) => typeof item !== 'object')
    : typeof value !== 'object' || value === null;
}

/** The texts of the values at the top; what is no object is given as it stands, to its end. */
function objectsIn(body: string): readonly string[] {
  const texts: string[] = [];
  let rest = body.trimStart();
  while (rest !== '') {
    const end = endOfObject(rest);
    texts.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return texts;
}

function endOfObject(text: string): number {
  if (!text.startsWith('{')) return text.length;
  let depth = 0;
  let isInText = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (isInText) {
      if (character === '\\') at += 1;
      else if (character === '"') isInText = false;
    } else if (character === '"') isInText = true;
    else if (character === '{') depth += 1;
    else if (character === '}') {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return text.length;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
