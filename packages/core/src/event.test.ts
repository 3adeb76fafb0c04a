import type { Envelope } from '@audit-relay/sink';
import { expect, test } from 'vitest';
import type { Entry } from './entry.ts';
import { LiveEntry } from './event.ts';
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
  const live = new LiveEntry(plain, true);
  live.keep({ shape, envelope, left: 1 });
  expect(live).toEqual(plain);
  expect(Object.assign({}, live)).toStrictEqual(plain);
  expect(JSON.parse(JSON.stringify(live))).toStrictEqual(plain);
});

test('members that an entry lacks are lacking in the live one', () => {
  const { timeGuessed: _, organization: __, ...bare } = plain;
  expect(Object.assign({}, new LiveEntry(bare))).toStrictEqual(bare);
});

test('a rendering is kept for its own shape, and for as many as are to ask', () => {
  const live = new LiveEntry(plain);
  live.keep({ shape, envelope, left: 2 });
  expect(live.take({ ...shape, format: 'raw' })).toBeUndefined();
  expect([live.take(shape), live.take(shape), live.take(shape)]).toEqual([envelope, envelope, undefined]);
});

test('nobody has looked at an entry for what is new unless it is said', () => {
  expect([new LiveEntry(plain).isFamiliar, new LiveEntry(plain, true).isFamiliar]).toEqual([false, true]);
});
