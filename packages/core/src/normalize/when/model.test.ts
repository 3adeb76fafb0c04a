/**
 * A `when` against a reference in a few lines: expressions are drawn with what each of them says of an event, so that
 * text and meaning come from the same place, over events that lack some of what is asked for.
 */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Entry } from '../../entry.ts';
import { isObject, type JsonObject, type JsonValue } from '../../event.ts';
import { entryOf } from '../__fixtures__/synthetic-events.ts';
import { toEcs } from '../ecs.ts';
import { createReadEntry } from '../read-entry.ts';
import { compileWhen } from '../when.ts';

/** Thrown by what reads a field that is not there; a condition catches it. */
const ABSENT = new Error('absent');

interface Expression<T> {
  readonly cel: string;
  /** @throws ABSENT */
  of(event: JsonObject): T;
}
type Condition = Expression<boolean>;

/** A smallest boolean expression: false where it reads what is absent, or `absent`. */
function decided(cel: string, of: (event: JsonObject) => boolean, absent = false): Condition {
  return {
    cel,
    of: (event) => {
      try {
        return of(event);
      } catch (error) {
        if (error === ABSENT) return absent;
        throw error;
      }
    },
  };
}

function read(event: JsonObject, path: string): JsonValue {
  const value = path
    .split('.')
    .reduce<JsonValue | undefined>((inside, key) => (isObject(inside) ? inside[key] : undefined), event);
  if (value === undefined) throw ABSENT;
  return value;
}

function textAt(event: JsonObject, path: string): string {
  const value = read(event, path);
  if (typeof value !== 'string') throw new Error(`${path} is no text`);
  return value;
}

function isThere(event: JsonObject, path: string): boolean {
  return decided('', () => read(event, path) !== undefined).of(event);
}

const TEXTS = ['event.action', 'source.ip', 'source.geo.city_name', 'user.email', 'openai.audit.project.id'];
const WORDS = ['login.failed', '203.0.113.5', 'Austin', 'a@example.com', 'proj_1', '', 'start'];

const written = fc.constantFrom(...WORDS).map((word): Expression<string> => ({ cel: `"${word}"`, of: () => word }));
const field = fc.constantFrom(...TEXTS).map((path): Expression<string> => ({ cel: path, of: (e) => textAt(e, path) }));
const optional = fc.tuple(fc.constantFrom(...TEXTS), fc.constantFrom(...WORDS)).map(
  ([path, word]): Expression<string> => ({
    cel: `${path.replaceAll('.', '.?')}.orValue("${word}")`,
    of: (event) => (isThere(event, path) ? textAt(event, path) : word),
  }),
);

const LISTS = ['event.type', 'user.changes.roles', 'event.category'];

const { condition } = fc.letrec<{ text: Expression<string>; condition: Condition; smallest: Condition }>((tie) => ({
  text: fc.oneof(
    { maxDepth: 3 },
    field,
    written,
    optional,
    fc
      .tuple(tie('text'), tie('text'))
      .map(([a, b]) => ({ cel: `(${a.cel} + ${b.cel})`, of: (e: JsonObject) => a.of(e) + b.of(e) })),
    fc.tuple(tie('condition'), tie('text'), tie('text')).map(([test, then, otherwise]) => ({
      cel: `(${test.cel} ? ${then.cel} : ${otherwise.cel})`,
      of: (e: JsonObject) => (test.of(e) ? then.of(e) : otherwise.of(e)),
    })),
  ),
  smallest: fc.oneof(
    fc.tuple(tie('text'), tie('text')).map(([a, b]) => decided(`${a.cel} == ${b.cel}`, (e) => a.of(e) === b.of(e))),
    fc
      .tuple(tie('text'), tie('text'))
      .map(([a, b]) => decided(`${a.cel} != ${b.cel}`, (e) => a.of(e) !== b.of(e), true)),
    fc.tuple(tie('text'), tie('text')).map(([a, b]) => decided(`${a.cel} < ${b.cel}`, (e) => a.of(e) < b.of(e))),
    fc.tuple(tie('text'), tie('text')).map(([a, b]) =>
      decided(`${a.cel}.startsWith(${b.cel})`, (e) => {
        // Both are read before either is looked at.
        const [text, start] = [a.of(e), b.of(e)];
        return text.startsWith(start);
      }),
    ),
    fc
      .tuple(tie('text'), tie('text'))
      .map(([a, b]) => decided(`${a.cel} in ["", ${b.cel}]`, (e) => ['', b.of(e)].includes(a.of(e)))),
    tie('text').map((a) => decided(`${a.cel}.matches("^[a-z0-9]+[.@]")`, (e) => /^[a-z0-9]+[.@]/.test(a.of(e)))),
    fc.constantFrom(...TEXTS).map((path) => decided(`has(${path})`, (e) => isThere(e, path))),
    fc
      .constantFrom(-1, 64_512)
      .map((n) => decided(`source.as.number > ${n}`, (e) => Number(read(e, 'source.as.number')) > n)),
    fc.tuple(fc.constantFrom('exists', 'all'), fc.constantFrom(...LISTS), tie('text')).map(([macro, list, text]) =>
      decided(`${list}.${macro}(one, one != ${text.cel})`, (e) => {
        const items = read(e, list) as readonly string[];
        const predicate = (one: string): boolean => decided('', () => one !== text.of(e), true).of(e);
        return macro === 'all' ? items.every(predicate) : items.some(predicate);
      }),
    ),
  ),
  condition: fc.oneof(
    { maxDepth: 5 },
    tie('smallest'),
    tie('condition').map((a) => ({ cel: `!(${a.cel})`, of: (e: JsonObject) => !a.of(e) })),
    fc
      .tuple(tie('condition'), tie('condition'))
      .map(([a, b]) => ({ cel: `(${a.cel} && ${b.cel})`, of: (e: JsonObject) => a.of(e) && b.of(e) })),
    fc
      .tuple(tie('condition'), tie('condition'))
      .map(([a, b]) => ({ cel: `(${a.cel} || ${b.cel})`, of: (e: JsonObject) => a.of(e) || b.of(e) })),
    fc.tuple(tie('condition'), tie('condition'), tie('condition')).map(([a, b, c]) => ({
      cel: `(${a.cel} ? ${b.cel} : ${c.cel})`,
      of: (e: JsonObject) => (a.of(e) ? b.of(e) : c.of(e)),
    })),
    fc
      .tuple(tie('condition'), tie('condition'))
      .map(([a, b]) => ({ cel: `((${a.cel}) == (${b.cel}))`, of: (e: JsonObject) => a.of(e) === b.of(e) })),
  ),
}));

const event = fc
  .record({
    type: fc.constantFrom('login.failed', 'role.assignment.created', 'project.updated'),
    ip: fc.option(fc.constant('203.0.113.5'), { nil: undefined }),
    email: fc.option(fc.constant('a@example.com'), { nil: undefined }),
    where: fc.option(fc.constantFrom({ city: 'Austin', asn: 'AS64513' }, { city: 'Austin' }, {}), { nil: undefined }),
    project: fc.option(fc.constant({ id: 'proj_1', name: 'p' }), { nil: undefined }),
  })
  .map(({ type, ip, email, where, project }) =>
    entryOf({
      type,
      ...(project === undefined ? {} : { project }),
      actor: {
        type: 'session',
        session: {
          user: { id: 'user-1', ...(email === undefined ? {} : { email }) },
          ...(ip === undefined ? {} : { ip_address: ip }),
          ...(where === undefined ? {} : { ip_address_details: where }),
        },
      },
    }),
  );

/** What every `when` sees of an entry, written as a document is: what is undefined is not there. */
function viewOf(entry: Entry): JsonObject {
  const seen = toEcs(createReadEntry()(entry), { dataset: 'openai.org_audit', namespace: 'default', agent: undefined });
  return JSON.parse(JSON.stringify(seen));
}

test('every expression decides about every event as the reference does', () => {
  let lacking = 0;
  fc.assert(
    fc.property(condition, event, ({ cel, of }, entry) => {
      const view = viewOf(entry);
      if (TEXTS.some((path) => cel.includes(path) && !isThere(view, path))) lacking += 1;
      expect(compileWhen(cel)(entry), cel).toBe(of(view) ? 'pass' : 'exclude');
    }),
    { numRuns: 1_000 },
  );
  expect(lacking).toBeGreaterThan(100);
});
