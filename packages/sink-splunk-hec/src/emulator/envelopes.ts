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

function readOne(text: string, { indexes, defaultIndex }: Allowed): HecEvent | Wrong['code'] {
  const envelope = parsed(text);
  if (typeof envelope !== 'object' || envelope === null || Array.isArray(envelope)) return 6;
  // Looked at key by key.
  const { event, fields = {}, index = defaultIndex, time, ...rest } = envelope as Record<string, unknown>;
  if (event === undefined || event === null) return 12;
  if (event === '') return 13;
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return 6;
  if (!Object.values(fields).every(isFlat)) return 15;
  if (typeof index !== 'string' || (indexes !== undefined && !indexes.includes(index))) return 7;
  const seconds = Number(time);
  if (time !== undefined && !Number.isFinite(seconds)) return 6;
  const { host, source, sourcetype } = rest;
  if (![host, source, sourcetype].every((value) => value === undefined || typeof value === 'string')) return 6;
  return {
    ...(time === undefined ? {} : { time: seconds }),
    // Each has just been found to be a text or absent.
    ...(rest as Pick<HecEvent, 'host' | 'source' | 'sourcetype'>),
    index,
    fields: fields as Record<string, unknown>,
    event,
    text,
  };
}

function isFlat(value: unknown): boolean {
  return Array.isArray(value) ? value.every((item) => typeof item !== 'object') : typeof value !== 'object' || value === null;
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
