import { describe, expect, test } from 'vitest';
import type { Entry } from '../entry.ts';
import { entryOf } from './__fixtures__/synthetic-events.ts';
import { compileWhen, WhenError } from './when.ts';

const session = {
  type: 'session',
  session: {
    user: { id: 'user-1', email: 'ada@example.com' },
    ip_address: '192.0.2.1',
    ip_address_details: { country: 'USA', asn: 'AS55256', latitude: '30.5', longitude: '-97' },
  },
};
const login = entryOf({ type: 'login.succeeded', actor: session });
const byKey = entryOf({
  type: 'api_key.created',
  actor: { type: 'api_key', api_key: { id: 'key_1', type: 'service_account', service_account: { id: 'svc_1' } } },
  'api_key.created': { id: 'key_2', data: { scopes: ['api.all'] } },
});

const odd = entryOf({
  type: 'login.failed',
  actor: null,
  'login.failed': {
    error_code: 7,
    count: 'many',
    long: '1'.repeat(100_000),
    pattern: '(',
    items: [{}, { enabled: true }],
  },
});

const cases: readonly [string, Entry, string, string][] = [
  ['an equal action passes', login, 'event.action == "login.succeeded"', 'pass'],
  ['an unequal action is excluded', login, 'event.action != "login.succeeded"', 'exclude'],
  ['a list is asked with in', login, '"start" in event.type && "session" in event.category', 'pass'],
  ['an address outside of a list is excluded', login, 'source.ip in ["192.0.2.2"]', 'exclude'],
  [
    'an optional path that is there gives its value',
    login,
    'source.?geo.?country_iso_code.orValue("") == "US"',
    'pass',
  ],
  [
    'an optional path is absent on an event from nowhere',
    byKey,
    'source.?geo.?country_iso_code.orValue("") == "US"',
    'exclude',
  ],
  ['a whole number compares with a number', login, 'source.as.number == 55256', 'pass'],
  ['a number compares with a decimal', login, 'source.geo.location.lat > 30.25', 'pass'],
  ['has() is false for what is absent', byKey, 'has(source.ip)', 'exclude'],
  ['has() is true for what is there', login, 'has(source.ip)', 'pass'],
  ['our own fields can be named', byKey, 'openai.audit.actor.api_key.id == "key_1"', 'pass'],
  ['the payload can be looked into', byKey, '"api.all" in openai.audit.details.data.scopes', 'pass'],
  ['the target can be named', byKey, 'openai.audit.target.id == "key_2"', 'pass'],
  ['the dataset is the default one', login, 'data_stream.dataset == "openai.org_audit"', 'pass'],
  ['a constant is a boolean', byKey, 'true', 'pass'],
  ['a macro has a variable of its own', login, 'event.type.exists(t, t.startsWith("st"))', 'pass'],
];

/** The event by a key has no source, no project, no roles and no such payload. */
const absences: readonly [string, string, string][] = [
  ['an equality with an absent field is false', 'source.ip == "192.0.2.1"', 'exclude'],
  ['an inequality with one is true', 'source.ip != "192.0.2.1"', 'pass'],
  ['an absent parent is the same', 'source.geo.city_name == "Austin"', 'exclude'],
  ['two absent fields are not equal', 'source.ip == source.address', 'exclude'],
  ['no absent field is in a list', 'source.ip in ["192.0.2.1"]', 'exclude'],
  ['nothing is in an absent list', '"owner" in user.changes.roles', 'exclude'],
  ['an absent number is not less', 'source.as.number < 1', 'exclude'],
  ['and not as much or more', 'source.as.number >= 1', 'exclude'],
  ['an absent text does not start with the empty one', 'user_agent.original.startsWith("")', 'exclude'],
  ['an absent text contains nothing', 'user_agent.original.contains("")', 'exclude'],
  ['an absent text matches nothing', 'user_agent.original.matches(".*")', 'exclude'],
  ['has() of an absent parent is false', 'has(source.geo.city_name)', 'exclude'],
  ['exists() over an absent list is false', 'user.changes.roles.exists(r, true)', 'exclude'],
  ['all() over an absent list is false', 'user.changes.roles.all(r, true)', 'exclude'],
  ['an absent field inside of exists() is decided there', 'event.type.exists(t, t != source.ip)', 'pass'],
  ['an absent field inside of all() is decided there', 'event.type.all(t, t == source.ip)', 'exclude'],
  ['a filter decides by element', 'event.type.filter(t, t != source.ip).size() > 0', 'pass'],
  ['not turns it round', '!(source.ip == "192.0.2.1")', 'pass'],
  ['not of an absent list too', '!("owner" in user.changes.roles)', 'pass'],
  ['and takes the false', 'source.ip == "a" && true', 'exclude'],
  ['or takes the other side', 'source.ip == "a" || event.kind == "event"', 'pass'],
  ['a condition chooses the other branch', 'source.ip == "a" ? false : true', 'pass'],
  ['a condition within a value too', '(source.ip == "a" ? "here" : "there") == "there"', 'pass'],
  ['the smallest expression is the one that decides', '(source.ip == "a") == false', 'pass'],
  ['an absent field in a list is the expression’s', '"a" in [source.ip, "a"]', 'exclude'],
  ['an absent field in an argument is the expression’s', 'event.kind.startsWith(source.ip)', 'exclude'],
  ['an absent text on both sides of a plus', 'source.ip + "x" != "x"', 'pass'],
  ['what an absent payload would hold', 'openai.audit.details.nothing.at.all == 1', 'exclude'],
  ['an absent field that is a condition by itself', 'openai.audit.details.enabled && true', 'exclude'],
  ['and its negation', '!openai.audit.details.enabled && true', 'pass'],
  ['an element that a list has not', 'event.type[7] == "start"', 'exclude'],
  ['a variable without fields that is absent', '"x" in tags', 'exclude'],
  ['the value of an optional that is none', 'source.?ip.value() == "a"', 'exclude'],
  ['an optional says what stands in', 'source.?ip.orValue("none") == "none"', 'pass'],
  ['an optional without a value has none', 'source.?ip.hasValue()', 'exclude'],
  ['what is bound to an absent field', 'cel.bind(ip, source.ip, ip == "a")', 'exclude'],
];

describe('a field that the event has not', () => {
  test.each(absences)('%s: %s', (_, expression, decision) => {
    expect(compileWhen(expression)(byKey)).toBe(decision);
  });
});

/** `error_code` is a number and `count` a text. */
const failures: readonly [string, string, string, string | undefined][] = [
  ['values of unlike types are not equal', 'openai.audit.details.error_code == "x"', 'exclude', undefined],
  ['so they are unequal', 'openai.audit.details.error_code != "x"', 'pass', undefined],
  ['and none is in a list of the other', 'openai.audit.details.error_code in ["x"]', 'exclude', undefined],
  ['nothing is in a text', '"m" in openai.audit.details.count', 'error', 'openai.audit.details.count'],
  [
    'an element without the field is left out',
    'openai.audit.details.items.filter(i, i.enabled).size() == 1',
    'pass',
    undefined,
  ],
  ['and counts as not enabled', 'openai.audit.details.items.exists_one(i, i.enabled)', 'pass', undefined],
  ['a text is not less than a number', 'openai.audit.details.count < 5', 'error', 'openai.audit.details.count'],
  [
    'a number starts with no text',
    'event.kind == "event" && openai.audit.details.error_code.startsWith("x")',
    'error',
    'openai.audit.details.error_code',
  ],
  ['a text is no condition', 'openai.audit.details.count && true', 'error', 'openai.audit.details.count'],
  ['nor negated', '!openai.audit.details.count', 'error', 'openai.audit.details.count'],
  ['what is decided elsewhere does not fail', 'openai.audit.details.count < 5 || true', 'pass', undefined],
  ['a list is what fails for its elements', 'event.category.all(c, int(c) > 1)', 'error', 'event.category'],
  [
    'a text that is no duration, as long as an event can have it',
    'duration(openai.audit.details.long) > duration("1s")',
    'error',
    'openai.audit.details.long',
  ],
  ['a duration', 'duration("90s") == duration("1.5m")', 'pass', undefined],
  ['a pattern from the event that is none', 'event.kind.matches(openai.audit.details.pattern)', 'error', 'event.kind'],
];

describe('what fails for an event passes, and names the field', () => {
  test.each(failures)('%s: %s', (...[, expression, decision, field]) => {
    const named: string[] = [];
    expect(compileWhen(expression, (failure) => named.push(failure.field))(odd)).toBe(decision);
    expect(named).toEqual(field === undefined ? [] : [field]);
  });

  test('nothing of the event is in the reason', () => {
    const reasons: string[] = [];
    compileWhen('bool(openai.audit.details.count)', ({ reason }) => reasons.push(reason))(odd);
    expect(reasons).toEqual(['its value is not what the expression takes it for']);
  });
});

/** Each `long` is a pattern that RegExp reads otherwise, or not at all. */
const patterns: readonly [string, string][] = [
  ['beginning and end of the text', '\\\\Alogin[.]succeeded\\\\z'],
  ['classes of POSIX', '^[[:alpha:]]+[.][[:lower:]]+$'],
  ['classes of Unicode', '^\\\\pL+[.]succeeded'],
  ['quoted text', '\\\\Qlogin.succeeded\\\\E'],
  ['flags', '(?i)^LOGIN'],
  ['named groups', '(?P<what>login)[.]succeeded'],
  ['a code point', 'login\\\\x{2E}succeeded'],
];

describe('a pattern is one of RE2', () => {
  test.each(patterns)('%s: %s', (_, pattern) => {
    expect(compileWhen(`event.action.matches("${pattern}")`)(login)).toBe('pass');
    expect(compileWhen(`event.provider.matches("${pattern}")`)(login)).toBe('exclude');
  });

  test('also where it is built', () => {
    expect(compileWhen('event.action.matches("(?i)LOG" + "IN")')(login)).toBe('pass');
  });
});

describe('an expression is understood as it was written', () => {
  const written: readonly [string, string][] = [
    ['a minus does not change sides', '10 - (4 - 3) == 9'],
    ['nor a division', '16 / (4 / 2) == 8'],
    ['fractions keep their digits', '0.1234567890123 != 0.123456789'],
    ['an emoji stays one', '"😀" == "\\U0001F600"'],
    ['raw text, and text in three quotes', `r"\\d" + '''"x"''' == '\\\\d"x"'`],
    ['bytes', 'b"a" == bytes("a")'],
    ['maps', '{"a": 1, "b": 2}["b"] == 2 && "a" in {"a": 1}'],
    ['negative numbers', '-5 + 3 == -2 && -(2 - 3) == 1'],
    [
      'a long chain',
      Array.from({ length: 2_000 }, () => 'event.kind == "x"')
        .join(' || ')
        .concat(' || true'),
    ],
    ['deep parentheses', `${'('.repeat(200)}true${')'.repeat(200)}`],
    ['deep negation', `${'!'.repeat(200)}(source.as.number > 0)`],
  ];
  test.each(written)('%s', (_, expression) => {
    expect(compileWhen(expression)(login)).toBe('pass');
  });
});

describe('an expression decides', () => {
  test.each(cases)('%s', (...[, entry, expression, decision]) => {
    expect(compileWhen(expression)(entry)).toBe(decision);
  });
});

const mistakes: readonly [string, string, number, number, RegExp][] = [
  ['an unknown variable', 'host.name == "a"', 1, 1, /host/],
  ['an unknown field', 'event.foo == "a"', 1, 7, /foo/],
  ['an unknown field within has()', 'has(event.foo)', 1, 11, /unknown field event\.foo; there is kind, module/],
  ['an unknown field after .?', 'source.?geo.?cuntry.orValue("") == "US"', 1, 14, /unknown field source\.geo\.cuntry/],
  ['an unknown field by index', 'event["foo"] == "a"', 1, 7, /foo/],
  ['a field of the relay itself', 'agent.name == "a"', 1, 1, /agent/],
  ['a list compared with a string', 'event.type == "start"', 1, 1, /list<string> == string/],
  ['a string asked like a list', '"a" in event.action', 1, 1, /string in string/],
  ['a string compared with a number', 'event.action == 5', 1, 1, /string == int/],
  ['an optional compared with a string', 'source.?ip == "192.0.2.1"', 1, 1, /optional<string> == string/],
  ['a result that is no boolean', 'event.action', 1, 1, /expected true or false, this gives string/],
  ['an end too early', 'event.action ==', 1, 16, /EOF/],
  ['a mistake on the second line', 'has(source.ip) &&\n  event.action =~ "a"', 2, 16, /=/],
  ['a pattern that is none', 'event.action.matches("(")', 1, 22, /regular expression/],
  ['a look-ahead', 'event.action.matches("(?=login)")', 1, 22, /RE2: .*\(\?= \(RE2 has no look-around/],
  [
    'a reference back',
    'true &&\n event.action.matches("(a)\\\\1")',
    2,
    23,
    /RE2 has no look-around and no back-references/,
  ],
  ['a pattern in the predicate of a macro', 'event.type.exists(t, t.matches("["))', 1, 32, /missing closing \]/],
  [
    'a pattern that grows too large',
    'event.kind.matches("(\\\\pL{30}){30}[a-z]{60}x*(abc){900}(abcdefghij){900}")',
    1,
    20,
    /instructions and 10000 are the most/,
  ],
  ['what ours are called', 'event.action.matchesRe2("a")', 1, 1, /matchesRe2/],
  ['the macro of ours', 'decided(true)', 1, 1, /decided/],
  ['nothing at all', '', 1, 1, /EOF/],
];

describe('a mistake is found with the configuration', () => {
  test.each(mistakes)('%s', (...[, expression, line, column, message]) => {
    let caught: unknown;
    try {
      compileWhen(expression);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(WhenError);
    expect(caught).toMatchObject({ code: 'WHEN_INVALID', line, column, message: expect.stringMatching(message) });
    expect(caught).toHaveProperty('message', expect.stringContaining(`line ${line}, column ${column}`));
  });
});
