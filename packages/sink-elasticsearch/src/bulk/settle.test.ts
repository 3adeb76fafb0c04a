/** That what became of each event is read by its place and its id, for every mixture of items. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Item, outcomeOf } from './item.ts';
import { settle } from './settle.ts';

const CONTEXT = { target: 'logs-openai.org_audit-default', privilege: 'create_doc' };

interface Row {
  readonly name: string;
  readonly item: Item;
  /** What it is settled as, or the kind and `why` of its failure. */
  readonly is: string;
  readonly says?: string;
}

const error = (type: string, reason = ''): { readonly type: string; readonly reason: string } => ({ type, reason });

const ROWS: readonly Row[] = [
  { name: 'a new document', item: { status: 201 }, is: 'stored' },
  { name: 'a replaced document', item: { status: 200, result: 'updated' }, is: 'stored' },
  { name: 'an event that a pipeline dropped', item: { status: 200, result: 'noop' }, is: 'dropped' },
  { name: 'an event in the failure store', item: { status: 201, failure_store: 'used' }, is: 'degraded' },
  {
    name: 'an event whose store was not needed',
    item: { status: 201, failure_store: 'not_applicable_or_unknown' },
    is: 'stored',
  },
  { name: 'a conflict', item: { status: 409, error: error('version_conflict_engine_exception') }, is: 'duplicate' },
  {
    name: 'a full queue',
    item: { status: 429, error: error('es_rejected_execution_exception') },
    is: 'retryable refused',
  },
  {
    name: 'a circuit breaker',
    item: { status: 429, error: error('circuit_breaking_exception') },
    is: 'retryable refused',
  },
  {
    name: 'a primary that is away',
    item: { status: 503, error: error('unavailable_shards_exception') },
    is: 'retryable unanswered',
  },
  {
    name: 'a node that went away',
    item: { status: 500, error: error('node_disconnected_exception') },
    is: 'retryable unanswered',
  },
  {
    name: 'a field of another type',
    item: { status: 400, error: error('document_parsing_exception') },
    is: 'rejected',
  },
  {
    name: 'a strict mapping',
    item: {
      status: 400,
      error: error(
        'strict_dynamic_mapping_exception',
        'mapping set to strict, dynamic introduction of [a.b] within [_doc] is not allowed',
      ),
    },
    is: 'rejected',
    says: 'lacks a.b',
  },
  {
    name: 'too many fields',
    item: {
      status: 400,
      error: error(
        'illegal_argument_exception',
        'Limit of total fields [1000] has been exceeded while adding new field [x]',
      ),
    },
    is: 'rejected',
    says: '1000',
  },
  {
    name: 'a failure store that fails',
    item: { status: 400, failure_store: 'failed', error: error('document_parsing_exception') },
    is: 'retryable failed',
  },
  {
    name: 'a failure store that is off',
    item: { status: 400, failure_store: 'not_enabled', error: error('document_parsing_exception') },
    is: 'rejected',
  },
  {
    name: 'a missing privilege',
    item: { status: 403, error: error('security_exception') },
    is: 'blocked',
    says: 'create_doc',
  },
  {
    name: 'a credential that has run out',
    item: { status: 401, error: error('security_exception') },
    is: 'blocked',
    says: 'auth',
  },
  {
    name: 'a missing stream',
    item: { status: 404, error: error('index_not_found_exception') },
    is: 'blocked',
    says: 'audit-relay setup',
  },
  {
    name: 'a missing pipeline',
    item: { status: 400, error: error('illegal_argument_exception', 'pipeline with id [geo] does not exist') },
    is: 'blocked',
    says: 'pipeline',
  },
  {
    name: 'an index that is a data stream',
    item: {
      status: 400,
      error: error(
        'illegal_argument_exception',
        'only write ops with an op_type of create are allowed in data streams',
      ),
    },
    is: 'blocked',
    says: 'data_stream',
  },
  {
    name: 'a name that may not be',
    item: { status: 400, error: error('invalid_index_name_exception') },
    is: 'blocked',
  },
  {
    name: 'a block',
    item: {
      status: 403,
      error: error('cluster_block_exception', 'index [x] blocked by: [FORBIDDEN/8/index write (api)];'),
    },
    is: 'retryable failed',
    says: 'writing',
  },
  { name: 'a status that nobody knows', item: { status: 418, error: error('teapot_exception') }, is: 'rejected' },
];

function shown(outcome: ReturnType<typeof outcomeOf>): string {
  if (typeof outcome === 'string') return outcome;
  return outcome.kind === 'retryable' ? `retryable ${outcome.why}` : outcome.kind;
}

describe('one item', () => {
  test.each(ROWS)('$name', ({ item, is, says = '' }) => {
    const outcome = outcomeOf(item, CONTEXT);
    expect(shown(outcome)).toBe(is);
    expect(JSON.stringify(outcome)).toContain(says);
  });
});

/** Distinct, so that an item in another place is one of another event. */
const idsOf = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `audit_log-${at}`);

function answered(rows: readonly Row[], ids: readonly string[], operation = 'create'): unknown {
  const items = rows.map(({ item }, at) => ({ [operation]: { ...item, _id: ids[at] } }));
  return JSON.parse(JSON.stringify({ took: 1, items }));
}

test.each([true, false])(
  'each event is settled by its own item and no other, and all add up; ids are ours: %s',
  (keepsIds) => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...ROWS)), fc.constantFrom('create', 'index'), (rows, operation) => {
        const ids = idsOf(rows.length);
        const theirs = keepsIds ? ids : ids.map((id) => `of-a-pipeline ${id}`);
        const settlement = settle(answered(rows, theirs, operation), { ids, keepsIds }, CONTEXT);
        if (typeof settlement === 'string') throw new Error(settlement);
        const { counts, failures } = settlement;
        const bySettled = Object.values(counts).reduce((sum, n) => sum + n, 0);
        expect(bySettled + failures.length).toBe(rows.length);
        expect(new Map(failures.map(({ index, failure }) => [index, shown(failure)]))).toEqual(
          new Map(rows.flatMap(({ is }, index) => (is in counts ? [] : [[index, is] as const]))),
        );
      }),
    );
  },
);

test('nothing is read from an answer in any other order', () => {
  const shuffled = fc
    .integer({ min: 2, max: 12 })
    .chain((count) => fc.tuple(fc.constant(idsOf(count)), fc.shuffledSubarray([...idsOf(count)], { minLength: count })))
    .filter(([ids, theirs]) => theirs.join() !== ids.join());
  fc.assert(
    fc.property(shuffled, ([ids, theirs]) => {
      const rows = ids.map(() => ROWS[0]!);
      expect(settle(answered(rows, theirs), { ids, keepsIds: true }, CONTEXT)).toEqual(expect.any(String));
    }),
  );
});

test('nothing is read from an answer that has not one item for each event', () => {
  fc.assert(
    fc.property(fc.nat(20), fc.nat(20), fc.boolean(), (items, events, keepsIds) => {
      const body = answered(
        Array.from({ length: items }, () => ROWS[0]!),
        idsOf(items),
      );
      const settlement = settle(body, { ids: idsOf(events), keepsIds }, CONTEXT);
      expect(typeof settlement === 'string').toBe(items !== events);
    }),
  );
});

test('nothing is read from what is no answer, whatever it is', () => {
  const bulk = { ids: ['audit_log-0'], keepsIds: true };
  fc.assert(fc.property(fc.anything(), (body) => typeof settle(body, bulk, CONTEXT) === 'string'));
});
