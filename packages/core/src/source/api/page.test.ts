/** A page's records are its own text, whatever the JSON looks like. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Page, readPage } from './page.ts';

function read(text: string): Page {
  const page = readPage(new TextEncoder().encode(text), 'audit_logs');
  if ('unreadable' in page) throw new Error(page.unreadable);
  return page;
}

function raws(data: string, rest = '"has_more":false'): readonly string[] {
  return read(`{"data":${data},${rest}}`).records.map(({ raw }) => raw);
}

/** Any JSON text: values of every kind, with whitespace wherever it is allowed, numbers as people spell them. */
const space = fc.stringMatching(/^[ \n\t\r]{0,2}$/);
const text = fc.oneof(
  fc.string({ unit: 'binary' }).map((value) => JSON.stringify(value)),
  fc.constantFrom('"\\u0061\\"\\\\"', '"}]{[,"', '"\\\\\\\\"', '""', '"\\/"'),
);
const scalar = fc.oneof(text, fc.constantFrom('12345678901234567890', '-0', '1e400', '1.50', 'true', 'false', 'null'));
const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    scalar,
    fc
      .tuple(space, fc.array(tie('value'), { maxLength: 4 }))
      .map(([gap, all]) => `[${gap}${all.join(`${gap},${gap}`)}${gap}]`),
    fc
      .tuple(space, fc.array(fc.tuple(text, tie('value')), { maxLength: 4 }))
      .map(
        ([gap, all]) => `{${gap}${all.map(([key, one]) => `${key}${gap}:${gap}${one}`).join(`${gap},${gap}`)}${gap}}`,
      ),
  ),
}));

test('every record is cut out exactly as it was sent, whatever stands around it', () => {
  const before = fc.array(fc.tuple(text, value), { maxLength: 3 });
  const body = fc.tuple(space, before, fc.array(value, { maxLength: 5 }));
  fc.assert(
    fc.property(body, ([gap, members, data]) => {
      const others = members.map(([key, one]) => `${key}${gap}:${one},`).join(gap);
      const page = read(
        `${gap}{${gap}${others}"data"${gap}:${gap}[${gap}${data.join(`${gap},${gap}`)}${gap}]${gap},"has_more":true${gap}}${gap}`,
      );
      expect(page.records.map(({ raw }) => raw)).toEqual(data);
      expect(page.records.map((record) => record.value)).toEqual(data.map((raw) => JSON.parse(raw)));
    }),
    { numRuns: 500 },
  );
});

describe('named cases', () => {
  test('a key that is spelled with escapes is the key', () => {
    expect(read('{"d\\u0061ta":[1, 2],"has_more":false}').records.map(({ raw }) => raw)).toEqual(['1', '2']);
  });

  test('of two lists under one key the last one counts', () => {
    expect(read('{"data":[1],"has_more":false,"data":[2]}').records).toEqual([{ raw: '2', value: 2 }]);
  });

  test('a list within a record is no list of records', () => {
    expect(read('{"meta":{"data":[9]},"data":[{"data":[8]}],"has_more":false}').records[0]?.raw).toBe('{"data":[8]}');
  });

  test('a record over several lines keeps them', () => {
    expect(raws('[{\n  "id": "a"\n}]')).toEqual(['{\n  "id": "a"\n}']);
  });

  test.for([
    { name: 'last_id', rest: '"has_more":true,"last_id":"z"', cursor: 'z' },
    { name: 'the last id in the page when last_id is absent', rest: '"has_more":true', cursor: 'b' },
    { name: 'the last id in the page when last_id is null', rest: '"has_more":true,"last_id":null', cursor: 'b' },
  ])('the cursor is $name', ({ rest, cursor }) => {
    expect(read(`{"data":[{"id":"a"},{"id":"b"},{"id":""},3],${rest}}`).cursor).toBe(cursor);
  });

  test.for([
    ['HTML', '<html>'],
    ['a truncated body', '{"data":[{"id":"a"'],
    ['a list', '[]'],
    ['no data', '{"has_more":false}'],
    ['data that is no list', '{"data":{},"has_more":false}'],
    ['has_more that is no boolean', '{"data":[],"has_more":"no"}'],
  ] as const)('%s is unreadable', ([, body]) => {
    expect(readPage(new TextEncoder().encode(body), 'audit_logs')).toHaveProperty('unreadable');
  });

  test('a byte that is no UTF-8 is unreadable: the record would not be what was sent', () => {
    expect(readPage(new Uint8Array([0x7b, 0xff, 0x7d]), 'audit_logs')).toHaveProperty(
      'unreadable',
      'the body is not UTF-8',
    );
  });
});

describe('a page of the older dialect', () => {
  const older = (body: string): ReturnType<typeof readPage> =>
    readPage(new TextEncoder().encode(body), 'organization_logs');

  test.for([
    { name: 'data', body: '{"data":[{"id":"a"}],"has_more":true,"after":"z"}', cursor: 'z' },
    { name: 'logs', body: '{"object":"list","logs":[{"id":"a"}],"has_more":false,"after":null}', cursor: 'a' },
    { name: 'whatever', body: '{"has_more":false,"whatever":[{"id":"a"}]}', cursor: 'a' },
  ])('may call its list $name', ({ body, cursor }) => {
    expect(older(body)).toMatchObject({ records: [{ raw: '{"id":"a"}', value: { id: 'a' } }], cursor });
  });

  test.for([
    { name: 'two lists', body: '{"data":[],"logs":[],"has_more":false}' },
    { name: 'no list', body: '{"has_more":false}' },
    { name: 'nothing but a list, which does not say whether there is more', body: '[]' },
  ])('is unreadable with $name', ({ body }) => {
    expect(older(body)).toHaveProperty('unreadable');
  });
});
