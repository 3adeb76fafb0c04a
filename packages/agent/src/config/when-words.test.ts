import { expect, test } from 'vitest';
import { read, SOURCES } from './read.test.fixture.ts';

const OTHERWISE = 'write CEL over the ECS fields that gives true or false';

const cases: readonly [when: string, fix: string][] = [
  ['event.action = "x"', 'write == for equal'],
  ['event.action === "x"', 'write == for equal'],
  ['event.action =~ "x"', 'write == for equal'],
  ['event.action == "x" and event.kind == "y"', 'write && for and'],
  ['event.action == "x" & event.kind == "y"', 'write && for and'],
  ['event.action == "x"\n  AND event.kind == "y"', 'write && for and'],
  ['event.action == "x" or event.kind == "y"', 'write || for or'],
  ['event.action == "x" | event.kind == "y"', 'write || for or'],
  ['not has(user.email)', 'write ! for not'],
  ['event.action not in ["x"]', 'write !(field in'],
  ['event.action <> "x"', 'write != for not equal'],
  ['event.action is "x"', 'write == for equal'],
  ['event.action : "x"', 'write == for equal'],
  ['event.action IN ["x"]', 'write in, in small letters'],
  ['event.action like "x*"', 'write .contains("…")'],
  ['event.action contains "x"', 'write .contains("…")'],
  ['event.action == “x”', 'write straight quotes'],
  ['event.action == NULL', 'write true and false in small letters; has(field)'],
  ['event.action == True', 'write true and false in small letters'],
  ["event.action == 'x", 'close the quotes'],
  ['event.action == "x";', 'leave the semicolon out'],
  ['$event.action == "x"', 'write the path of the field alone'],
  ['event.action == login.succeeded', 'put a text between quotes'],
  // Where nothing is recognized, what is wanted is said.
  ['(event.action == "x"', OTHERWISE],
  ['event.action', OTHERWISE],
  ['event.nope == "and = or"', OTHERWISE],
  ['lower(event.action) == "x"', OTHERWISE],
];

test.each(cases)('%s', async (when, fix) => {
  const { problems } = await read(`${SOURCES}sinks:\n  a: { type: stdout, when: ${JSON.stringify(when)} }\n`);
  expect(problems).toMatchObject([{ code: 'WHEN_INVALID', path: 'sinks.a.when' }]);
  expect(problems[0]?.fix).toMatch(new RegExp(`^${fix.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`));
});

test.each([`"event.action == "x""`, `'event.action == 'x''`])(
  '%s is cut short by its quotes, and told as that alone',
  async (when) => {
    const { problems } = await read(`${SOURCES}sinks:\n  a:\n    type: stdout\n    when: ${when}\n`);
    expect(problems).toMatchObject([
      { code: 'CONFIG_YAML', line: 6, fix: expect.stringMatching(/^put all of the value/) },
    ]);
  },
);
