/** The quick question whether a record holds anything new, against the list of what is new in it. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject } from '../event.ts';
import { sampleEntries, syntheticEntries } from './__fixtures__/synthetic-events.ts';
import { hasOnlyKnownFields, newFields } from './known-fields.ts';

function newIn(record: JsonObject, type: string): readonly string[] {
  const found: string[] = [];
  newFields(record, type, (path) => found.push(path));
  return found;
}

const entries = [...sampleEntries, ...syntheticEntries];

test('a record has only known fields exactly where none of them is new', () => {
  const key = fc.constantFrom('id', 'details', 'spin', 'data', 'actor', 'session', 'scopes', 'api_key_created');
  const change = fc.tuple(
    fc.constantFrom('', 'actor', 'project', 'api_key.created', 'details'),
    key,
    fc.constantFrom(1, 'x'),
  );
  let news = 0;
  fc.assert(
    fc.property(fc.constantFrom(...entries), fc.option(change), ({ raw, type }, changed) => {
      const record = JSON.parse(raw);
      if (changed !== null) {
        const [at, name, value] = changed;
        if (at === '') record[name] = value;
        else record[at] = [{ ...record[at], [name]: value }, 1].slice(0, value === 1 ? 1 : 2);
      }
      const found = newIn(record, type);
      news += found.length === 0 ? 0 : 1;
      expect(hasOnlyKnownFields(record, type)).toBe(found.length === 0);
    }),
    { numRuns: 3_000 },
  );
  expect(news).toBeGreaterThan(300);
});
