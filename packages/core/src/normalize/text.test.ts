/**
 * What is written as text out of remembered pieces against the plain way, which makes an object and gives it to
 * `JSON.stringify`: byte for byte the same, whatever was written before.
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Entry } from '../entry.ts';
import type { JsonObject, JsonValue } from '../event.ts';
import { entryOf, KNOWN_TYPES, sampleEntries, syntheticEntries } from './__fixtures__/synthetic-events.ts';
import { toEcs } from './ecs.ts';
import { EcsText } from './ecs-text.ts';
import { toOcsf } from './ocsf.ts';
import { OcsfText } from './ocsf-text.ts';
import { createReadEntry } from './read-entry.ts';
import { TimeText } from './text-parts.ts';

const context = { dataset: 'openai.org_audit', namespace: 'süd "1"', agent: { type: 'audit-relay', name: 'a\nb' } };

/** As the relay has them: one writer and one reader for all events. */
const remembering = { read: createReadEntry(), ecs: new EcsText(context), ocsf: new OcsfText() };

function expectSame(entry: Entry, original?: string): void {
  // A reader of its own has nothing to remember.
  const plain = createReadEntry()(entry);
  const event = remembering.read(entry);
  expect(remembering.ecs.write(event, original)).toBe(JSON.stringify(toEcs(plain, { ...context, original })));
  expect(remembering.ocsf.write(event, original)).toBe(JSON.stringify(toOcsf(plain, original)));
}

describe('the text of', () => {
  test('every synthetic event and every sample is that of the object', () => {
    for (const entry of [...syntheticEntries, ...sampleEntries]) expectSame(entry);
  });

  test('a guessed time, no organization, and the record’s own text', () => {
    const { organization: _, ...nobodys } = entryOf({ type: 'login.failed', 'login.failed': { error_code: 1 } });
    expectSame({ ...nobodys, timeGuessed: true }, 'a "quoted" \u2028 \ud800 text');
    expectSame({ ...nobodys, organization: {} });
    expectSame({ ...nobodys, organization: { name: 'é' }, timeMs: -1 });
  });

  /** Few values, so that users, places and keys meet again with one thing changed. */
  const few = fc.constantFrom<JsonValue>(
    'a',
    'b@x',
    '"',
    '\ud800',
    ' c ',
    '😀',
    '',
    null,
    7,
    1.5,
    '30.1',
    'USA',
    'a.b\u0000',
  );
  const place = fc.record(
    { country: few, city: few, region: few, region_code: few, asn: few, latitude: few, longitude: few },
    { requiredKeys: [] },
  );
  const user = fc.record({ id: few, email: few }, { requiredKeys: [] });
  const address = fc.constantFrom<JsonValue>('192.0.2.1', '192.0.2.1:80', '[2001:db8::1]:443', 'x"', null, '');
  const session = fc.record(
    { user, ip_address: address, user_agent: few, ja3: few, ja4: few, ip_address_details: place },
    { requiredKeys: [] },
  );
  const key = fc.record({ id: few, type: few, user, service_account: fc.record({ id: few }) }, { requiredKeys: [] });
  const actor = fc.record({ type: few, session, api_key: key }, { requiredKeys: [] });
  const payload = fc.oneof(
    fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })),
    fc.jsonValue({ maxDepth: 2 }),
    few,
  );
  const likely = fc
    .tuple(fc.constantFrom(...KNOWN_TYPES, 'widget.made', '__proto__'), fc.option(actor), fc.option(payload), user)
    .map(([type, by, said, project]) => ({ type, actor: by, project, [type]: said }) as JsonObject);
  const anything = fc
    .tuple(fc.string(), fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })))
    .map(([type, rest]) => ({ ...rest, type }) as JsonObject);

  test.each([
    ['likely', likely],
    ['unlikely', anything],
  ])('%s records is that of the object', (_, records) => {
    fc.assert(
      fc.property(records, fc.option(few), (record, id) => {
        expectSame(entryOf(typeof id === 'string' && id !== '' ? { id, ...record } : record));
      }),
      { numRuns: 2_000 },
    );
  });
});

test('a time is written as a Date writes it, whatever came before', () => {
  const times = new TimeText();
  const day = fc.integer({ min: -719_000, max: 2_932_000 }).map((days) => days * 86_400_000);
  const near = fc.tuple(
    fc.constantFrom(0, 1_753_056_000_000, 253_402_214_400_000),
    fc.integer({ min: -2, max: 2 * 86_400_000 }),
  );
  const any = fc.oneof(
    day,
    near.map(([base, ms]) => base + ms),
    fc.integer({ min: -8.64e15, max: 8.64e15 }),
    fc.constant(0.5),
  );
  fc.assert(
    fc.property(any, (ms) => {
      expect(times.of(ms)).toBe(new Date(ms).toISOString());
    }),
    { numRuns: 2_000 },
  );
});
