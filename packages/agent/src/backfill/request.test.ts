import { expect, test } from 'vitest';
import { checkedRequest, type SourceConfig, type Wanted } from './request.ts';

const NOW = '2026-11-22T12:00:00Z';
// A request is checked by names alone.
const source = {} as SourceConfig;
const one = { acme: source };
const two = { acme: source, other: source };

const cases: readonly (readonly [name: string, wanted: Partial<Wanted>, sources: object, request: object | RegExp])[] =
  [
    ['without an end it goes up to now', { from: '1d' }, one, { from: '2026-11-21T12:00:00Z', to: NOW }],
    ['it may have an end', { from: '2d', to: '1d' }, one, { to: '2026-11-21T12:00:00Z' }],
    ['what has not come yet is not asked for', { from: '1d', to: '2027-01-01' }, one, { to: NOW }],
    ['one source needs no name', { from: '1d' }, one, { source: 'acme' }],
    ['a source may be named', { from: '1d', source: 'other' }, two, { source: 'other' }],
    ['of several one must be named', { from: '1d' }, two, /several sources: .* --source: acme, other$/],
    ['a name must be a source’s', { from: '1d', source: 'acne' }, two, /no source acne; did you mean acme\?/],
    ['a begin that is no time', { from: 'soon' }, one, /^--from soon is no time: expected 2026-01-01T/],
    ['an end that is no time', { from: '1d', to: 'soon' }, one, /^--to soon is no time/],
    ['a begin in the future', { from: '2027-01-01', to: '2027-02-01' }, one, /--from lies in the future/],
    ['an end before its begin', { from: '1d', to: '2d' }, one, /--from must lie before --to/],
    ['an empty time', { from: '1d', to: '1d' }, one, /--from must lie before --to/],
  ];

test.each(cases)('%s', (_, wanted, ...[sources, expected]) => {
  const checked = checkedRequest({ from: '', again: false, ...wanted }, { ...sources }, Date.parse(NOW));
  if (expected instanceof RegExp) expect(checked).toMatch(expected);
  else expect(typeof checked === 'string' ? checked : withTimes(checked.request)).toMatchObject(expected);
});

function withTimes({ from, to, ...rest }: { readonly from: number; readonly to: number }): object {
  const text = (seconds: number): string => new Date(seconds * 1_000).toISOString().replace('.000Z', 'Z');
  return { ...rest, from: text(from), to: text(to) };
}
