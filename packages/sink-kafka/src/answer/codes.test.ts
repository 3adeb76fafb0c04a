/** Kafka's codes against what they do to events: the whole table, and what none of it may do. */
import { describe, expect, test } from 'vitest';
import { world } from '../__fixtures__/world.ts';
import type { Trouble } from '../client/port.ts';
import { partitionOf } from '../record/partition.ts';
import { CODES } from './codes.ts';
import { failureOf } from './failure.ts';

const ALONE = { topic: 'audit', together: 1, unknownTopics: 1, listener: {} };

function kindOf(code: number, options: object = {}): string {
  const failure = failureOf({ kind: 'code', code }, { ...ALONE, ...options });
  return failure.kind === 'retryable' ? failure.why : failure.kind;
}

/** By what an answer with the code becomes, of one record. */
const EXPECTED: Readonly<Record<string, readonly number[]>> = {
  failed: [2, 3, 5, 6, 8, 9, 14, 15, 16, 41, 45, 47, 49, 51, 59, 72, 74, 75, 88, 90, 100, 103, 106],
  unanswered: [-1, 7, 13, 20, 56],
  refused: [19, 89],
  too_large: [10, 18],
  rejected: [87],
  blocked: [17, 21, 29, 30, 31, 32, 33, 34, 35, 42, 43, 44, 53, 54, 58, 61, 62, 63, 64, 65, 66, 76],
};

describe('each code', () => {
  const all = Object.entries(EXPECTED).flatMap(([kind, codes]) => codes.map((code) => [code, kind] as const));
  test.each(all)('%i is %s', (code, kind) => {
    expect(kindOf(code)).toBe(kind);
  });

  test('of the table is tried', () => {
    const tried = [...all.map(([code]) => code), 0, 46].sort((a, b) => a - b);
    expect(tried).toEqual(
      Object.keys(CODES)
        .map(Number)
        .sort((a, b) => a - b),
    );
  });

  test('that is not in the table may be stored', () => {
    expect(kindOf(133)).toBe('unanswered');
  });

  test('that blocks says what to do', () => {
    const without = Object.values(CODES).filter(({ meaning, fix }) => meaning === 'blocked' && fix === undefined);
    expect(without).toEqual([]);
  });
});

describe('a verdict on several records of a batch is none on each', () => {
  test('rejected: they are halved until the guilty one is alone', () => {
    expect([kindOf(87, { together: 2 }), kindOf(87)]).toEqual(['too_large', 'rejected']);
  });

  test('and the batch of a whole send is never a dead letter for it', async () => {
    const { cluster, send } = await world({ partitions: 1 });
    cluster.act = () => ({ codes: { 0: 87 } });
    expect((await send(3)).kind).toBe('too_large');
    expect((await send(1)).kind).toBe('rejected');
  });

  test('alone in its partition each of them is named', async () => {
    const { cluster, send } = await world({ partitions: 2 });
    const ids = Array.from({ length: 100 }, (_, index) => `event-${index}`);
    const [one = '', other = ''] = [0, 1].map((partition) =>
      ids.find((id) => partitionOf(Buffer.from(id), 2) === partition),
    );
    cluster.act = () => ({ codes: { 0: 87, 1: 87 } });
    expect(await send([one, other])).toMatchObject({
      kind: 'partial',
      acked: 0,
      failures: [{ failure: { kind: 'rejected' } }, { failure: { kind: 'rejected' } }],
    });
  });
});

test('a topic is unknown twice before that is believed', () => {
  expect([1, 2, 3].map((unknownTopics) => kindOf(3, { unknownTopics }))).toEqual(['failed', 'failed', 'blocked']);
});

describe('what is no code', () => {
  const cases: readonly [name: string, trouble: Trouble, expected: object][] = [
    [
      'a connection that is refused',
      { kind: 'network', code: 'ECONNREFUSED', sent: false },
      { kind: 'retryable', why: 'failed' },
    ],
    [
      'a reset after the request',
      { kind: 'network', code: 'ECONNRESET', sent: true },
      { kind: 'retryable', why: 'unanswered' },
    ],
    ['nothing in time before it', { kind: 'overdue', sent: false }, { kind: 'retryable', why: 'failed' }],
    ['nothing in time after it', { kind: 'overdue', sent: true }, { kind: 'retryable', why: 'unanswered' }],
    [
      'a certificate that nobody trusts',
      { kind: 'network', code: 'SELF_SIGNED_CERT_IN_CHAIN', sent: false },
      { kind: 'blocked' },
    ],
    [
      'our certificate refused by a late alert',
      { kind: 'network', code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', sent: true },
      { kind: 'blocked' },
    ],
    ['credentials', { kind: 'credentials', detail: 'refused' }, { kind: 'blocked' }],
    ['a mechanism', { kind: 'credentials', detail: 'mechanism' }, { kind: 'blocked' }],
    ['a file of a token', { kind: 'credentials', detail: 'token_file' }, { kind: 'blocked' }],
    ['no leader', { kind: 'leaderless' }, { kind: 'retryable', why: 'failed' }],
    [
      'an error of the client',
      { kind: 'client', name: 'TypeError', sent: true },
      { kind: 'retryable', why: 'unanswered' },
    ],
  ];
  test.each(cases)('%s', (_, trouble, expected) => {
    expect(failureOf(trouble, ALONE)).toMatchObject(expected);
  });
});
