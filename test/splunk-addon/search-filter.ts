/**
 * The part of Splunk’s search language that event types and the first parts of searches use: field=value with *, field>=number, IN,
 * NOT, OR, parentheses; side by side is AND.
 */
import type { Fields } from './fields.ts';

type Filter = (fields: Fields) => boolean;

/** @throws Error where it cannot be read. */
export function compileFilter(text: string): Filter {
  const tokens = text.match(/"[^"]*"|>=|[^\s"()=,>]+|[()=,]/g) ?? [];
  const reading = { tokens, at: 0 };
  const filter = either(reading);
  if (reading.at !== tokens.length) throw new Error(`not expected: ${tokens[reading.at]}`);
  return filter;
}

interface Reading {
  readonly tokens: readonly string[];
  at: number;
}

function either(reading: Reading): Filter {
  const parts = [all(reading)];
  while (take(reading, 'OR')) parts.push(all(reading));
  return (fields) => parts.some((part) => part(fields));
}

function all(reading: Reading): Filter {
  const parts: Filter[] = [];
  while (![undefined, ')', 'OR'].includes(reading.tokens[reading.at])) parts.push(term(reading));
  if (parts.length === 0) throw new Error('a term is expected');
  return (fields) => parts.every((part) => part(fields));
}

function term(reading: Reading): Filter {
  if (take(reading, 'NOT')) {
    const inner = term(reading);
    return (fields) => !inner(fields);
  }
  if (take(reading, '(')) {
    const inner = either(reading);
    expect(reading, ')');
    return inner;
  }
  const field = next(reading);
  if (take(reading, 'IN')) {
    expect(reading, '(');
    const values = [next(reading)];
    while (take(reading, ',')) values.push(next(reading));
    expect(reading, ')');
    return (fields) => values.some((value) => isLike(fields, field, value));
  }
  if (take(reading, '>=')) {
    const least = Number(next(reading));
    return (fields) => fields.get(field)?.some((text) => Number(text) >= least) ?? false;
  }
  expect(reading, '=');
  const value = next(reading);
  return (fields) => isLike(fields, field, value);
}

/** In a search letters are alike in both cases, and * is any text. */
function isLike(fields: Fields, field: string, value: string): boolean {
  const plain = value.replaceAll('"', '');
  const pattern = plain.split('*').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  const regex = new RegExp(`^${pattern.join('.*')}$`, 'is');
  return fields.get(field)?.some((text) => regex.test(text)) ?? false;
}

function take(reading: Reading, token: string): boolean {
  if (reading.tokens[reading.at] !== token) return false;
  reading.at += 1;
  return true;
}

function expect(reading: Reading, token: string): void {
  if (!take(reading, token)) throw new Error(`${token} expected, not ${reading.tokens[reading.at]}`);
}

function next(reading: Reading): string {
  const token = reading.tokens[reading.at];
  if (token === undefined || /^[()=,]$/.test(token)) throw new Error(`a name or a value is expected, not ${token}`);
  reading.at += 1;
  return token;
}
