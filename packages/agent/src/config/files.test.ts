/** What is said of files for TLS, and at which key. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { unusableFiles } from './files.ts';

const folder = mkdtempSync(join(tmpdir(), 'audit-relay-files-'));
afterAll(() => rmSync(folder, { recursive: true }));
const empty = join(folder, 'empty.pem');
writeFileSync(empty, '');
const der = join(folder, 'ca.der');
writeFileSync(der, Buffer.from([0x30, 0x82, 1, 2]));

test.each<{ name: string; tls: unknown; said: readonly [key: string, words: string][] }>([
  { name: 'not there', tls: { ca_file: '/not/there.pem' }, said: [['ca_file', 'cannot be read']] },
  { name: 'empty', tls: { ca_file: empty }, said: [['ca_file', 'is empty']] },
  { name: 'in DER', tls: { ca_file: der }, said: [['ca_file', 'is DER']] },
  {
    name: 'two at once',
    tls: { ca_file: der, cert_file: empty, key_file: empty },
    said: [
      ['ca_file', 'is DER'],
      ['cert_file', 'is empty'],
    ],
  },
  {
    name: 'one of a pair that is not there',
    tls: { cert_file: empty, key_file: '/no' },
    said: [['key_file', 'cannot be read']],
  },
  {
    name: 'of a plugin’s own kind',
    tls: { keytab_file: der, crl_file: '/no' },
    said: [['crl_file', 'cannot be read']],
  },
  { name: 'no map', tls: 'x', said: [] },
  { name: 'no text', tls: { ca_file: 3 }, said: [] },
])('a file that is $name', ({ tls, said }) => {
  const findings = unusableFiles({ sinks: { siem: { tls } }, sources: 'x' });
  expect(findings.map(({ path, expected }) => [path.at(-1), expected])).toEqual(
    said.map(([key, words]) => [key, expect.stringContaining(words)]),
  );
  expect(findings.every(({ fix, expected }) => fix !== '' && !expected.includes('undefined'))).toBe(true);
});
