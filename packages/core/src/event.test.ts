import { expect, test } from 'vitest';
import type { Entry } from './entry.ts';
import { LiveEntry } from './event.ts';

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
test('a live entry is compared, copied and written as the plain one', () => {
  const live = new LiveEntry(plain, true);
  expect(live).toEqual(plain);
  expect(Object.assign({}, live)).toStrictEqual(plain);
  expect(JSON.parse(JSON.stringify(live))).toStrictEqual(plain);
});

test('members that an entry lacks are lacking in the live one', () => {
  const { timeGuessed: _, organization: __, ...bare } = plain;
  expect(Object.assign({}, new LiveEntry(bare))).toStrictEqual(bare);
});

test('nobody has looked at an entry for what is new unless it is said', () => {
  expect([new LiveEntry(plain).isFamiliar, new LiveEntry(plain, true).isFamiliar]).toEqual([false, true]);
});
