/** That a DNS without an answer holds no more threads than allowed, and that everybody gets an answer. */
import type { LookupFunction } from 'node:net';
import { expect, test } from 'vitest';
import { boundedLookup } from './lookup.ts';

/** A resolver that answers when told to. */
function resolver() {
  const open: { readonly name: string; readonly answer: Parameters<LookupFunction>[2] }[] = [];
  const resolve: LookupFunction = (name, _, answer) => void open.push({ name, answer });
  return {
    resolve,
    names: (): readonly string[] => open.map(({ name }) => name),
    answer: (address: string): void => open.shift()?.answer(null, address, 4),
  };
}

test('asks for so many names at a time, in the order in which they came', () => {
  const dns = resolver();
  const lookup = boundedLookup(dns.resolve, 2);
  const got: string[] = [];
  for (const name of ['a', 'b', 'c', 'd'])
    lookup(name, {}, (_, address) => void got.push(`${name} ${JSON.stringify(address)}`));
  expect(dns.names()).toEqual(['a', 'b']);
  dns.answer('192.0.2.1');
  expect(dns.names()).toEqual(['b', 'c']);
  dns.answer('192.0.2.2');
  dns.answer('192.0.2.3');
  dns.answer('192.0.2.4');
  expect(got).toEqual(['a "192.0.2.1"', 'b "192.0.2.2"', 'c "192.0.2.3"', 'd "192.0.2.4"']);
});

test('asks for one name once at a time, and tells everybody', () => {
  const dns = resolver();
  const lookup = boundedLookup(dns.resolve, 2);
  const got: string[] = [];
  for (const who of [1, 2, 3])
    lookup('a', { all: true }, (_, address) => void got.push(`${who} ${JSON.stringify(address)}`));
  lookup('a', { all: false }, () => undefined);
  expect(dns.names()).toEqual(['a', 'a']);
  dns.answer('192.0.2.1');
  expect(got).toEqual(['1 "192.0.2.1"', '2 "192.0.2.1"', '3 "192.0.2.1"']);
  dns.answer('192.0.2.1');
  lookup('a', { all: true }, () => undefined);
  expect(dns.names()).toEqual(['a']);
});

test('an error is an answer', () => {
  const errors: unknown[] = [];
  const lookup = boundedLookup((_, __, answer) => answer(Object.assign(new Error(), { code: 'ENOTFOUND' }), []), 1);
  for (const name of ['a', 'b']) lookup(name, {}, (error) => void errors.push(error?.code));
  expect(errors).toEqual(['ENOTFOUND', 'ENOTFOUND']);
});
