/** The keys that all HTTP sinks share. */
import { expect, test } from 'vitest';
import { proxySchema, tlsSchema } from './config.ts';

test.each([
  { tls: {}, good: true },
  { tls: { ca_file: 'a' }, good: true },
  { tls: { cert_file: 'a', key_file: 'b' }, good: true },
  { tls: { cert_file: 'a' }, good: false },
  { tls: { key_file: 'b' }, good: false },
  { tls: { ca_file: '' }, good: false },
  { tls: { ca: 'a' }, good: false },
])('tls $tls: $good', ({ tls, good }) => {
  expect(tlsSchema.safeParse(tls).success).toBe(good);
});

test.each([
  { proxy: 'http://a:1', good: true },
  { proxy: 'a:1', good: true },
  { proxy: 'socks5://ada:canary@a:1', good: false },
  { proxy: '', good: false },
])('proxy $proxy: $good', ({ proxy, good }) => {
  const read = proxySchema.safeParse(proxy);
  expect(read.success).toBe(good);
  expect(JSON.stringify(read.error?.issues ?? '')).not.toContain('canary');
});
