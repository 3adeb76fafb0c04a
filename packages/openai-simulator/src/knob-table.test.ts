import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { faultKinds } from './fault-plan.ts';
import { knobTable, turnKnob } from './knob-table.ts';
import { defaultKnobs, type Knobs } from './knobs.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

describe('the table of knobs', () => {
  test('has every knob but those that only code can turn and plans of faults', () => {
    const special: readonly (keyof Knobs)[] = ['intercept', 'fail', 'faults', 'envelope', 'latencyMs'];
    const expected = Object.keys(defaultKnobs).filter((name) => !special.some((one) => one === name));
    const names = knobTable.map(({ name }) => name);
    expect([...names].sort()).toEqual([...expected, 'envelope_object', 'envelope_ids', 'latency_ms'].sort());
  });

  test.each(knobTable)('turns $name from the value that it names first to another, and back', ({ name, takes }) => {
    const [first, other] = takes.startsWith('none')
      ? takes.replace('some of ', '').split(' | ')
      : takes.split(/ \| |\.\./);
    const isRange = takes.includes('..');
    expect(turnKnob(defaultKnobs, name, isRange ? '0' : (first ?? ''))).toEqual(defaultKnobs);
    const turned = turnKnob(defaultKnobs, name, other ?? '');
    expect(turned).not.toEqual(defaultKnobs);
    expect(turnKnob(turned, name, isRange ? '0' : (first ?? ''))).toEqual(defaultKnobs);
  });

  test.each(knobTable)('refuses another value for $name and says what it takes', ({ name, takes }) => {
    expect(() => turnKnob(defaultKnobs, name, 'sideways')).toThrow(`${name} takes ${takes}, not 'sideways'`);
  });

  test('refuses a number that is too large, too small or no whole one', () => {
    for (const text of ['86401', '-1', '1.5', '']) {
      expect(() => turnKnob(defaultKnobs, 'cursor_expires_s', text)).toThrow('cursor_expires_s takes 0..86400');
    }
    expect(turnKnob(defaultKnobs, 'clock_skew_s', '-30').clock_skew_s).toBe(-30);
  });

  test('leaves one half of the envelope alone while it turns the other', () => {
    const object = turnKnob(defaultKnobs, 'envelope_object', 'absent');
    expect(turnKnob(object, 'envelope_ids', 'null').envelope).toEqual({ object: 'absent', ids: 'null' });
  });
});

test('the README lists each knob with what it takes, each fault, and the risks', () => {
  const rows = [
    ...knobTable.map(({ name, takes, risk }) => `| \`${name}\` | ${takes.replaceAll(' | ', ', ')} | ${risk} |`),
    ...Object.entries(faultKinds).map(([kind, { risk }]) => `| \`${kind}\` | ${risk} |`),
  ];
  expect(rows.filter((row) => !readme.includes(row))).toEqual([]);
});
