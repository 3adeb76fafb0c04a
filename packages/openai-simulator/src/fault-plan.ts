/**
 * Before a request is answered: which faults it meets, and the knobs that they turn for this request
 * alone. The faults stand in one table.
 */
import { Random } from './generator/random.ts';
import type { FaultKind, FaultPlan, Knobs } from './knobs.ts';

/** What a fault does to one request, and the risk for a collector. */
interface Fault {
  /** A fault is nothing but knobs turned for one request. */
  readonly turns: Partial<Knobs>;
  readonly risk: string;
}

export const faultKinds: Readonly<Record<FaultKind, Fault>> = {
  '429_seconds': { turns: { refuse: '429', retry_after: 'seconds' }, risk: '429 that asks for a second' },
  '429_date': {
    turns: { refuse: '429', retry_after: 'date' },
    risk: '429 until an HTTP date by the server’s clock',
  },
  '429_absent': { turns: { refuse: '429', retry_after: 'absent' }, risk: '429 that does not say when' },
  '429_zero': {
    turns: { refuse: '429', retry_after: 'zero' },
    risk: '429 that asks for no wait: a loop without a pause',
  },
  '429_hour': {
    turns: { refuse: '429', retry_after: 'hour' },
    risk: '429 that asks for an hour: one answer silences a feed',
  },
  '429_ms': { turns: { refuse: '429', retry_after: 'ms' }, risk: '429 with retry-after-ms, which only some read' },
  '401_object': { turns: { refuse: '401_object' }, risk: 'a false 401, once' },
  '401_text': { turns: { refuse: '401_text' }, risk: 'a false 401 whose error is a bare string' },
  '401_burst': { turns: { refuse: '401_object' }, risk: 'five false 401s in a row' },
  '403': { turns: { refuse: '403' }, risk: '403 that passes, taken for one that stays' },
  '500': { turns: { refuse: '500' }, risk: 'an error of the server' },
  '502_html': { turns: { refuse: '502_html' }, risk: 'a gateway’s page in place of JSON' },
  '503': { turns: { refuse: '503' }, risk: 'an overload' },
  should_retry_true: {
    turns: { refuse: '400', should_retry: 'true' },
    risk: 'a status that says never under a header that says again',
  },
  should_retry_false: {
    turns: { refuse: '500', should_retry: 'false' },
    risk: 'a status that says again under a header that says never',
  },
  reset: { turns: { reset: 'before_head' }, risk: 'the connection breaks without an answer' },
  reset_before_body: { turns: { reset: 'before_body' }, risk: 'the connection breaks after the headers' },
  reset_mid_body: {
    turns: { reset: 'mid_body' },
    risk: 'the connection breaks half way: part of a page taken for all',
  },
  truncated_json: { turns: { truncated_json: true }, risk: 'half a document under a correct length' },
  several_documents: { turns: { several_documents: true }, risk: 'two documents in one body' },
  slow_body: { turns: { slow_body_ms: 2_000 }, risk: 'a body that takes two seconds' },
  end_mid_body: {
    turns: { reset: 'end_mid_body' },
    risk: 'the connection is closed in order half way: part of a page taken for all',
  },
  gzip_unlabelled: { turns: { gzip: 'unlabelled' }, risk: 'compressed, and no header says so' },
  gzip_mislabelled: { turns: { gzip: 'mislabelled' }, risk: 'a header says compressed, and it is not' },
  gzip_truncated: { turns: { gzip: 'truncated' }, risk: 'half a compressed body under a correct length' },
  gzip_x_gzip: { turns: { gzip: 'x_gzip' }, risk: 'compressed under the old name of gzip, in capitals' },
  date_ahead: { turns: { clock_skew_s: 2_592_000 }, risk: 'a Date 30 days ahead: 30 days taken for read' },
  date_behind: { turns: { clock_skew_s: -2_592_000 }, risk: 'a Date 30 days behind: what was read is read again' },
  date_rfc850: { turns: { date_form: 'rfc850' }, risk: 'a Date in the form of RFC 850' },
  date_asctime: { turns: { date_form: 'asctime' }, risk: 'a Date in the form of asctime: read in the host’s own zone' },
  date_absent: { turns: { date_form: 'absent' }, risk: 'an answer without a Date' },
  big_record: { turns: { big_record_bytes: 4_194_304 }, risk: 'a record of 4 MiB' },
  bad_utf8: { turns: { bad_utf8: true }, risk: 'bytes that are no UTF-8' },
  gzip_always: { turns: { gzip: 'always' }, risk: 'compressed though nobody asked' },
  repeat_page: { turns: { repeat_page: true }, risk: 'the first page of the walk again' },
  has_more_true: { turns: { has_more_lies: 'true' }, risk: 'has_more at the end of the list' },
  has_more_false: { turns: { has_more_lies: 'false' }, risk: 'an end too early' },
  no_last_id: { turns: { no_last_id: true }, risk: 'a page without last_id' },
};

/** What takes hours to get over, or more answers that are right than a short run has. */
const long: ReadonlySet<FaultKind> = new Set(['429_hour', 'date_ahead', 'date_behind']);

/** All but a wait of an hour and wrong dates. A false end can be told from a true one by its page, which is full. */
export const survivableFaults: readonly FaultKind[] = Object.keys(faultKinds)
  .filter(isFaultKind)
  .filter((kind) => !long.has(kind));

/** How many requests in a row a burst of false 401s lasts. */
const burstLength = 5;
const faultStream = 6;

/** True for the name of a fault. */
export function isFaultKind(name: string): name is FaultKind {
  return Object.hasOwn(faultKinds, name);
}

/** The faults that request `number` meets: at most one of each plan. */
export function faultsOf(plans: readonly FaultPlan[], number: number): readonly FaultKind[] {
  return plans.flatMap((plan, index) => burst(plan, index, number) ?? drawn(plan, index, number) ?? []);
}

/** The knobs in force for a request that meets these faults. */
export function turnedBy(kinds: readonly FaultKind[], knobs: Knobs): Knobs {
  return kinds.length === 0 ? knobs : Object.assign({}, knobs, ...kinds.map((kind) => faultKinds[kind].turns));
}

/** A burst that an earlier request began and that still lasts. Nothing is remembered: the draw is done again. */
function burst(plan: FaultPlan, index: number, number: number): FaultKind | undefined {
  if (plan.kinds !== undefined && !plan.kinds.includes('401_burst')) return undefined;
  for (let earlier = number - 1; earlier > number - burstLength; earlier -= 1) {
    if (drawn(plan, index, earlier) === '401_burst') return '401_burst';
  }
  return undefined;
}

function drawn(
  { rate, seed = 1, kinds = survivableFaults, from = 1, to = Infinity }: FaultPlan,
  index: number,
  number: number,
): FaultKind | undefined {
  if (number < from || number > to || kinds.length === 0) return undefined;
  const random = new Random(seed, faultStream, index, number);
  return random.chance(rate) ? random.pick(kinds) : undefined;
}

/**
 * A plan as text: `rate=0.1,seed=7,kinds=500,429_date,from=1,to=50`; only `rate` must be there.
 * @throws Error that says what is wrong with it.
 */
export function readFaultPlan(text: string): FaultPlan {
  const parts = new Map<string, string>();
  let name = '';
  // A part without a name belongs to the list before it.
  for (const part of text.split(',')) {
    const mark = part.indexOf('=');
    if (mark >= 0) name = part.slice(0, mark);
    const before = parts.get(name);
    parts.set(name, before === undefined ? part.slice(mark + 1) : `${before},${part}`);
  }
  const stranger = [...parts.keys()].find((key) => !planMembers.has(key));
  if (stranger !== undefined) throw new Error(`a plan of faults has no '${stranger}'; write rate=0.1,seed=7,kinds=500`);
  const rate = parts.get('rate') ?? '';
  if (!/^(0(\.\d+)?|1(\.0+)?)$/.test(rate))
    throw new Error(`the rate of faults is a number from 0 to 1, not '${rate}'`);
  return {
    rate: Number(rate),
    ...readWhole(parts, 'seed'),
    ...readWhole(parts, 'from'),
    ...readWhole(parts, 'to'),
    ...readKinds(parts.get('kinds')),
  };
}

const planMembers: ReadonlySet<string> = new Set(['rate', 'seed', 'kinds', 'from', 'to']);

function readWhole(parts: ReadonlyMap<string, string>, name: 'seed' | 'from' | 'to'): Partial<FaultPlan> {
  const text = parts.get(name);
  if (text === undefined) return {};
  if (!/^\d{1,9}$/.test(text)) throw new Error(`${name} of a plan of faults is a whole number, not '${text}'`);
  return { [name]: Number(text) };
}

function readKinds(text: string | undefined): Pick<FaultPlan, 'kinds'> {
  if (text === undefined) return {};
  const kinds = text.split(',').map((kind) => {
    if (!isFaultKind(kind)) throw new Error(`there is no fault '${kind}'`);
    return kind;
  });
  return { kinds };
}
