/** What Datadog adds to what was sent is no difference, and what somebody changes is. */
import { describe, expect, test } from 'vitest';
import { comparable, differences, digestOf } from './comparison.ts';
import { contentsFor } from './content/index.ts';
import { KINDS } from './kinds.ts';
import { isObject, type JsonObject, type JsonValue } from './shapes.ts';
import { SETUP_VERSION } from './standing.ts';

const COUNTING = { top: new Set(['name', 'parts']), below: new Set(['query', 'name', 'more']) };
const OURS = {
  name: 'a',
  parts: [
    { query: 'q', name: '' },
    { query: 'r', more: { name: 'n' } },
  ],
};

test.each<{ what: string; theirs: JsonObject; differs: readonly string[] }>([
  { what: 'the same', theirs: OURS, differs: [] },
  { what: 'members of Datadog’s at the top', theirs: { ...OURS, id: 7, created: 'now' }, differs: [] },
  { what: 'one of ours below, at the top', theirs: { ...OURS, query: 'type' }, differs: [] },
  {
    what: 'members of Datadog’s below',
    theirs: {
      name: 'a',
      parts: [
        { id: 1, query: 'q' },
        { query: 'r', more: { name: 'n', at: 1 } },
      ],
    },
    differs: [],
  },
  {
    what: 'what is empty, in many ways',
    theirs: {
      name: 'a',
      parts: [
        { query: 'q', more: {} },
        { query: 'r', name: null, more: { name: 'n', more: [] } },
      ],
    },
    differs: [],
  },
  {
    what: 'another order of members',
    theirs: { parts: [{ query: 'q' }, { more: { name: 'n' }, query: 'r' }], name: 'a' },
    differs: [],
  },
  { what: 'another value', theirs: { ...OURS, name: 'b' }, differs: ['name'] },
  {
    what: 'a value below',
    theirs: { name: 'a', parts: [{ query: 'q' }, { query: 'r', more: { name: 'm' } }] },
    differs: ['parts.1.more.name'],
  },
  {
    what: 'another order of a list',
    theirs: { name: 'a', parts: [...OURS.parts].reverse() },
    differs: ['parts.0.query', 'parts.0.more', 'parts.1.more', 'parts.1.query'],
  },
  { what: 'one more in a list', theirs: { name: 'a', parts: [...OURS.parts, { query: 's' }] }, differs: ['parts.2'] },
  { what: 'one fewer', theirs: { name: 'a', parts: [{ query: 'q' }] }, differs: ['parts.1'] },
  {
    what: 'a false where there was nothing',
    theirs: { ...OURS, parts: [{ query: 'q', name: false }, OURS.parts[1] ?? null] },
    differs: ['parts.0.name'],
  },
  { what: 'another type', theirs: { ...OURS, parts: 'none' }, differs: ['parts'] },
  { what: 'nothing of it', theirs: {}, differs: ['name', 'parts'] },
])('$what', ({ theirs, differs }) => {
  const [a, b] = [comparable(OURS, COUNTING), comparable(theirs, COUNTING)];
  expect(differences(a, b)).toEqual(differs);
  expect(digestOf(a) === digestOf(b)).toBe(differs.length === 0);
});

test('of many differences a few are named, and the rest counted', () => {
  const [a, b] = ['a', 'b'].map((value) =>
    Object.fromEntries([1, 2, 3, 4, 5, 6, 7].map((name) => [String(name), value])),
  );
  expect(differences(a ?? {}, b ?? {})).toEqual(['1', '2', '3', '4', '5', '2 more']);
});

describe('the contents', () => {
  const contents = contentsFor('openai-audit', ['log pipeline', 'dashboard', 'detection rule', 'monitor']);

  test('count with every member that they write, but for those that are the operator’s, and a rule’s type', () => {
    const uncounted = contents.flatMap(({ kind, body }) => {
      const { operators } = KINDS[kind];
      const own = Object.fromEntries(Object.entries(body).filter(([name]) => !['tags', ...operators].includes(name)));
      const cut = comparable(own, KINDS[kind]);
      return membersOf(own)
        .filter((path) => !membersOf(cut).includes(path))
        .map((path) => `${kind}: ${path}`);
    });
    expect([...new Set(uncounted)]).toEqual(['detection rule: type']);
  });

  test('have keys and titles of their own, and keys that a mark can hold', () => {
    for (const of of ['key', 'title'] as const) {
      const byKind = contents.map((content) => `${content.kind} ${content[of]}`);
      expect(new Set(byKind).size).toBe(contents.length);
    }
    expect(contents.filter(({ key }) => !/^[a-z0-9-]+$/.test(key))).toEqual([]);
    expect(contentsFor('Ein "Log"', ['monitor']).filter(({ key }) => !/^[a-z0-9-]+$/.test(key))).toEqual([]);
  });

  test('whoever changes one moves SETUP_VERSION, and then this digest', () => {
    const bodies = contents.map(({ kind, body }) => digestOf(comparable(body, KINDS[kind])));
    expect(`${SETUP_VERSION} ${digestOf({ bodies })}`).toBe('1 b1dd988b815a2a76');
  });
});

/** Paths of all members that hold something, without the numbers of lists. */
function membersOf(value: JsonValue, path = ''): readonly string[] {
  if (value === null || value === '') return [];
  if (Array.isArray(value)) return value.flatMap((part: JsonValue) => membersOf(part, path));
  if (!isObject(value)) return [path];
  return Object.entries(value).flatMap(([name, part]) => membersOf(part, path === '' ? name : `${path}.${name}`));
}
