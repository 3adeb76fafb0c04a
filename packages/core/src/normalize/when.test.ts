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
  ['an absent field is an error, not a decision', byKey, 'source.ip == "192.0.2.1"', 'error'],
  ['an absent parent is an error, not a decision', byKey, 'source.geo.city_name == "Austin"', 'error'],
  ['a constant is a boolean', byKey, 'true', 'pass'],
  ['a macro has a variable of its own', login, 'event.type.exists(t, t.startsWith("st"))', 'pass'],
];

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
