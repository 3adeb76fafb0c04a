/**
 * The knobs as text: the name of each on the command line, what it takes, and the risk for a collector
 * that it stands for. The command's help and flags are made from this table.
 */
import { defaultKnobs, type FilterName, type Knobs } from './knobs.ts';

/** One knob that text can turn. */
export interface KnobRow {
  /** Such as `cursor_swap`; as a flag `--cursor-swap`. */
  readonly name: string;
  /** What it takes, the default first: `desc | asc`, `0..600000`. */
  readonly takes: string;
  readonly risk: string;
  /** The knobs with this one turned. @throws Error that says what it takes. */
  turn(knobs: Knobs, text: string): Knobs;
}

/** The knobs whose values are of one type. */
type NamesOf<Value> = { [Name in keyof Knobs]-?: Knobs[Name] extends Value ? Name : never }[keyof Knobs];

const filterNames: readonly FilterName[] = [
  'tenant_only',
  'effective_at',
  'event_types',
  'project_ids',
  'actor_ids',
  'actor_emails',
  'resource_ids',
];

/** In the order of the steps of an answer. */
export const knobTable: readonly KnobRow[] = [
  count('rate_limit', { max: 1_000_000 }, 'requests per second above which it is 429: a backfill that asks too fast'),
  choice(
    'refuse',
    ['no', '400', '401_object', '401_text', '403', '429', '500', '502_html', '503'],
    'every answer is this error: an outage, a lost scope, an error that is a bare string, a gateway’s page',
  ),
  choice(
    'retry_after',
    ['seconds', 'date', 'absent', 'zero', 'hour', 'ms'],
    'what 429 and 503 say: a wait misread as none or for ever, a storm of retries',
  ),
  choice('should_retry', ['absent', 'true', 'false'], 'x-should-retry on such errors, which outranks the status'),
  choice('logging_off', ['no', 'empty', '403'], 'logging that was never switched on, taken for quiet'),
  {
    name: 'tenant_unavailable',
    takes: 'none | 400 | 401 | 403',
    risk: 'no tenant: one feed’s error stops the other',
    turn: (knobs, text) => {
      const statuses = { none: undefined, 400: 400, 401: 401, 403: 403 } as const;
      return { ...knobs, tenant_unavailable: statuses[oneOf(['none', '400', '401', '403'], text)] };
    },
  },
  choice('limit_above_max', ['clamp', 'error'], 'a limit over 100: fewer events than were asked for, or 400'),
  toggle('ignore_unknown_params', 'false: an undocumented parameter ends every request with 400'),
  {
    name: 'ignore_filters',
    takes: `none | some of ${filterNames.join(',')}`,
    risk: 'a filter without effect: wrong events, a feed that is never read',
    turn: (knobs, text) => ({
      ...knobs,
      ignore_filters: text === 'none' ? [] : text.split(',').map((name) => oneOf(filterNames, name)),
    }),
  },
  toggle('cursor_swap', 'before walks to older events: a walk that turns in a circle or ends at once'),
  toggle('repeat_page', 'the first page again and again: a walk without end'),
  toggle('ignore_window_with_after', 'a walk that leaves its window and reads the whole log'),
  choice('order', ['desc', 'asc'], 'oldest first: a watermark put too far ahead'),
  choice('after_unknown', ['400', 'empty'], 'empty: a lost cursor looks like the end of the list'),
  count('cursor_expires_s', { max: 86_400 }, 'seconds a cursor lives; 0 for ever: a walk that was interrupted'),
  count(
    'insert_during_walk',
    { max: 1_000 },
    'events that arrive around the cursor before each further page: a gap behind the walk',
  ),
  {
    name: 'envelope_object',
    takes: 'present | absent',
    risk: 'object is left out: a strict reader refuses the page',
    turn: (knobs, text) => ({
      ...knobs,
      envelope: { ...knobs.envelope, object: oneOf(['present', 'absent'], text) },
    }),
  },
  {
    name: 'envelope_ids',
    takes: 'present | null | absent',
    risk: 'no first_id and last_id: a walk ends after one page',
    turn: (knobs, text) => ({
      ...knobs,
      envelope: { ...knobs.envelope, ids: oneOf(['present', 'null', 'absent'], text) },
    }),
  },
  toggle('no_last_id', 'the cursor must be taken from the last record'),
  choice(
    'has_more_lies',
    ['no', 'true', 'false'],
    'true: never an end, even on an empty page; false: an end too early',
  ),
  count(
    'big_record_bytes',
    { max: 268_435_456 },
    'bytes added to each page’s first record: memory, a sink’s limit of size',
  ),
  count(
    'record_bytes',
    { max: 16_777_216 },
    'bytes added to every record: a page over any limit, which a smaller one is not',
  ),
  count('unsettled_s', { max: 86_400 }, 'seconds for which a new event’s time is another: one event kept twice'),
  choice('unsettled_time', ['null', 'early'], 'what its time is until then: none, or an hour before its own'),
  toggle('bad_utf8', 'bytes that are no UTF-8, replaced without a word'),
  toggle('several_documents', 'two JSON documents in one body'),
  toggle('truncated_json', 'a body cut in the middle under a correct length'),
  choice(
    'reset',
    ['no', 'before_head', 'before_body', 'mid_body', 'end_mid_body'],
    'the connection breaks: half a page taken for a whole one',
  ),
  count('slow_body_ms', { max: 600_000 }, 'milliseconds over which a body trickles in: a time limit on the head alone'),
  count(
    'body_bytes_per_s',
    { max: 1_000_000_000 },
    'bytes a second at which a body trickles in: a page that never comes in time, which a smaller one does',
  ),
  choice(
    'gzip',
    ['accepted', 'always', 'never', 'x_gzip', 'unlabelled', 'mislabelled', 'truncated'],
    'always: compressed though nobody asked; the others: a label that is odd or wrong, half a compressed body',
  ),
  count(
    'clock_skew_s',
    { min: -31_536_000, max: 31_536_000 },
    'seconds the Date header is ahead: events put outside of every window',
  ),
  count(
    'clock_flap_s',
    { min: -31_536_000, max: 31_536_000 },
    'seconds it is further ahead in about every second answer: two backends whose clocks disagree',
  ),
  choice(
    'date_form',
    ['imf', 'rfc850', 'asctime', 'absent'],
    'an older form of dates, read in the wrong zone or not at all; absent: no Date to go by',
  ),
  {
    name: 'latency_ms',
    takes: '0..600000',
    risk: 'milliseconds before each answer: requests that overlap, a poll longer than its interval',
    turn: (knobs, text) => ({ ...knobs, latencyMs: whole({ max: 600_000 }, text) }),
  },
  choice(
    'organization_logs',
    ['off', 'data', 'logs', 'array'],
    'serve the older dialect too, its list under this name or bare',
  ),
  toggle('ignore_order', 'the older dialect’s order has no effect: a backfill that reads the wrong end'),
];

/** The knobs with one of them turned. @throws Error that names the knob and says what it takes. */
export function turnKnob(knobs: Knobs, name: string, text: string): Knobs {
  const knob = knobTable.find((row) => row.name === name);
  if (knob === undefined) throw new Error(`there is no knob '${name}'`);
  try {
    return knob.turn(knobs, text);
  } catch (error) {
    throw new Error(`${name} takes ${knob.takes}, not '${text}'`, { cause: error });
  }
}

function choice<const Name extends NamesOf<string>>(name: Name, values: readonly Knobs[Name][], risk: string): KnobRow {
  return {
    name,
    takes: values.join(' | '),
    risk,
    turn: (knobs, text) => ({ ...knobs, [name]: oneOf(values, text) }),
  };
}

function toggle(name: NamesOf<boolean>, risk: string): KnobRow {
  const takes = defaultKnobs[name] ? 'true | false' : 'false | true';
  return {
    name,
    takes,
    risk,
    turn: (knobs, text) => ({ ...knobs, [name]: oneOf(['true', 'false'], text) === 'true' }),
  };
}

interface Range {
  /** Default 0. */
  readonly min?: number;
  readonly max: number;
}

function count(name: NamesOf<number>, range: Range, risk: string): KnobRow {
  const takes = `${range.min ?? 0}..${range.max}`;
  return { name, takes, risk, turn: (knobs, text) => ({ ...knobs, [name]: whole(range, text) }) };
}

/** @throws RangeError for anything but one of the values. */
function oneOf<const Value extends string>(values: readonly Value[], text: string): Value {
  const found = values.find((value) => value === text);
  if (found === undefined) throw new RangeError(text);
  return found;
}

/** @throws RangeError for anything but a whole number within the range. */
function whole({ min = 0, max }: Range, text: string): number {
  const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) throw new RangeError(text);
  return value;
}
