import type { Envelope } from '@audit-relay/sink';
import { expect, test } from 'vitest';
import type { Entry } from './entry.ts';
import { eventOf, LiveEntry } from './event.ts';
import type { DocumentShape } from './normalize/document.ts';

const plain: Entry = {
  id: 'audit_log-1',
  type: 'login.succeeded',
  timeMs: 1,
  timeGuessed: true,
  receivedMs: 2,
  source: 'acme',
  feed: 'organization',
  dialect: 'audit_logs',
  organization: { id: 'org-1' },
  raw: '{"id":"audit_log-1"}',
};
const shape: DocumentShape = { format: 'ecs', dataset: 'd', namespace: 'n' };
// Nothing here looks into it.
const envelope = { id: 'audit_log-1' } as Envelope;

test('a live entry is compared, copied and written as the plain one', () => {
  const live = new LiveEntry(plain);
  live.keep({ shape, envelope }, 1);
  eventOf(live);
  expect(live).toEqual(plain);
  expect(Object.assign({}, live)).toStrictEqual(plain);
  expect(JSON.parse(JSON.stringify(live))).toStrictEqual(plain);
});

test('members that an entry lacks are lacking in the live one', () => {
  const { timeGuessed: _, organization: __, ...bare } = plain;
  expect(Object.assign({}, new LiveEntry(bare))).toStrictEqual(bare);
});

test('a record is parsed once, until its last rendering is kept', () => {
  const live = new LiveEntry(plain);
  const event = eventOf(live);
  live.keep({ shape, envelope }, 2);
  expect(eventOf(live)).toBe(event);
  live.keep({ shape: { ...shape, format: 'ocsf' }, envelope }, 2);
  expect(eventOf(live)).not.toBe(event);
  expect(eventOf(live)).toEqual(eventOf(plain));
});

test('a rendering is kept for its own shape', () => {
  const live = new LiveEntry(plain);
  live.keep({ shape, envelope }, 2);
  expect(live.rendered(shape)).toBe(envelope);
  expect(live.rendered({ ...shape, format: 'raw' })).toBeUndefined();
});
