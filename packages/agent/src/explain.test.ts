import { describe, expect, test } from 'vitest';
import { explain } from './explain.ts';

/** Of any type, as JSON is. */
type Sample = Readonly<Record<'a' | 'n' | 'id' | 'effective_at', never>>;

/** What is said of each field of a record, by an imagined format that makes `document` of it. */
function said(record: object, document: (record: Sample) => object): readonly string[] {
  const text = explain(JSON.stringify(record), { f: (json) => JSON.stringify(document(JSON.parse(json))) });
  return text
    .trim()
    .split('\n')
    .map((line) => line.trim());
}

describe('a field', () => {
  const cases: readonly [
    name: string,
    record: object,
    document: (record: Sample) => object,
    words: readonly string[],
  ][] = [
    [
      'that is copied is carried',
      { a: 'x' },
      ({ a }) => ({ b: a, c: 1 }),
      ['a', 'f  → b', '(no field of the record)', 'f  c'],
    ],
    [
      'that is copied twice is carried twice',
      { a: 'x' },
      ({ a }) => ({ b: a, c: { d: a } }),
      ['a', 'f  → b, c.d', '(no field of the record)', 'f'],
    ],
    [
      'that decides something is said to',
      { a: 'x' },
      ({ a }) => ({ b: a === null ? 1 : 2 }),
      ['a', 'f  ~ b', '(no field of the record)', 'f'],
    ],
    [
      'that vanishes is dropped',
      { a: 'x' },
      () => ({ b: 'x' }),
      ['a', 'f  dropped', '(no field of the record)', 'f  b'],
    ],
    [
      'may be trimmed, or a number of digits',
      { a: ' x ', n: '1.5' },
      ({ a, n }) => ({ a: String(a ?? '').trim(), n: Number(n) }),
      ['a', 'f  → a', 'n', 'f  → n', '(no field of the record)', 'f'],
    ],
    [
      'may stand in lists',
      { a: ['x', 'y'] },
      ({ a }) => ({ b: [{ c: a[1] }, { c: a[0] }] }),
      ['a[]', 'f  → b[].c', '(no field of the record)', 'f'],
    ],
    ['may be empty', { a: [] }, ({ a }) => ({ b: a }), ['a', 'f  → b', '(no field of the record)', 'f']],
    [
      'by which the event is known is changed and not taken away',
      { id: 'i', effective_at: 5 },
      ({ id, effective_at: at }) => ({ i: id ?? 'none', t: at === null ? 'never' : at * 1000 }),
      ['id', 'f  → i', 'effective_at', 'f  ~ t', '(no field of the record)', 'f'],
    ],
  ];
  test.each(cases)('%s', (_, record, ...[document, words]) => {
    expect(said(record, document)).toEqual(words);
  });
});
