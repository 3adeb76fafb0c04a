import { journalConfigSchema } from '@audit-relay/core';
import { expect, test } from 'vitest';
import { roleAlone } from './config/journal.ts';
import { rolesOf } from './roles.ts';

test.each([
  [undefined, { collect: true, deliver: true }],
  ['collect', { collect: true, deliver: false }],
  ['deliver', { collect: false, deliver: true }],
] as const)('the role %s', (role, roles) => {
  expect(rolesOf(role)).toEqual(roles);
});

test('a role alone is refused beside a journal that nobody shares', () => {
  const embedded = journalConfigSchema.parse({});
  const shared = { type: 'kafka', keys: {} };
  expect(roleAlone('collect', embedded)).toMatchObject({ code: 'ROLE_ALONE' });
  expect(roleAlone(undefined, embedded)).toBeUndefined();
  expect(roleAlone('collect', shared)).toBeUndefined();
});
