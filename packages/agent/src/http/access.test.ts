import { expect, test } from 'vitest';
import { type Access, type AskedWith, type Permission, permissionOf } from './access.ts';

const TOKEN = 'a-token-of-enough-letters';
const secret: Access = { token: TOKEN };
const open: Access = { allow_unauthenticated: true };
const local: Access = {};

const cases: readonly [name: string, access: Access, asked: AskedWith, permission: Permission][] = [
  ['the token', secret, { authorization: `Bearer ${TOKEN}` }, 'may_read'],
  ['the token, its scheme in other letters', secret, { authorization: `bearer  ${TOKEN}` }, 'may_read'],
  ['the token under any name', secret, { authorization: `Bearer ${TOKEN}`, host: 'agent.svc:9464' }, 'may_read'],
  ['no token', secret, { host: '127.0.0.1' }, 'no_token'],
  ['an empty one', secret, { authorization: 'Bearer ' }, 'no_token'],
  ['another scheme', secret, { authorization: `Basic ${TOKEN}` }, 'no_token'],
  ['the token alone', secret, { authorization: TOKEN }, 'no_token'],
  ['another token', secret, { authorization: 'Bearer a-token-of-enough-lettert' }, 'wrong_token'],
  ['the begin of it', secret, { authorization: `Bearer ${TOKEN.slice(0, -1)}` }, 'wrong_token'],
  ['more than it', secret, { authorization: `Bearer ${TOKEN}x` }, 'wrong_token'],
  ['an undefined one', secret, { authorization: 'Bearer undefined' }, 'wrong_token'],
  ['anybody where it was wanted so', open, { host: 'agent.example.com' }, 'may_read'],
  ['this machine by its address', local, { host: '127.0.0.1:9464' }, 'may_read'],
  ['this machine by its other address', local, { host: '[::1]:9464' }, 'may_read'],
  ['this machine by its name', local, { host: 'LocalHost:9464' }, 'may_read'],
  ['HTTP/1.0, which no browser speaks', local, {}, 'may_read'],
  ['a page whose name resolves to loopback', local, { host: 'attacker.example:9464' }, 'strange_host'],
  ['a name that begins like an address', local, { host: '127.0.0.1.attacker.example' }, 'strange_host'],
  ['a name that ends like ours', local, { host: 'notlocalhost' }, 'strange_host'],
  ['two in one', local, { host: '127.0.0.1:9464:attacker.example' }, 'strange_host'],
  ['an empty name', local, { host: '' }, 'strange_host'],
];
test.each(cases)('%s', (_, access, ...[asked, permission]) => {
  expect(permissionOf(access, asked)).toBe(permission);
});
