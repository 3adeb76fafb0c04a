/** What is said of each file that cannot be used, and that files are read again when they change. */
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { fixture, https, pem } from '../__fixtures__/servers.ts';
import { openHttpClient } from '../client.ts';
import { openTlsContext } from './tls-context.ts';
import { readTlsFiles, type TlsFiles, tlsFileProblem } from './tls-files.ts';

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'audit-relay-tls-'));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return made;
}

function fileOf(content: string | Buffer): string {
  const path = join(folder(), 'file.pem');
  writeFileSync(path, content);
  return path;
}

const PAIR = { cert_file: fixture('client.pem'), key_file: fixture('client.key.pem') };
const der = new X509Certificate(pem('ca')).raw;
const locked = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'canary' },
}).privateKey;
const damaged = pem('ca').replace(/\n[A-Za-z0-9+/]{20}/, '\nAAAAAAAAAAAAAAAAAAAA');

describe('a file that cannot be used', () => {
  test.each<{ name: string; files: () => TlsFiles; key: string; words: string }>([
    {
      name: 'a CA that is not there',
      files: () => ({ ca_file: '/nowhere/ca.pem' }),
      key: 'ca_file',
      words: '/nowhere/ca.pem cannot be read (ENOENT)',
    },
    { name: 'a folder', files: () => ({ ca_file: tmpdir() }), key: 'ca_file', words: 'EISDIR' },
    { name: 'an empty CA', files: () => ({ ca_file: fileOf(' \n') }), key: 'ca_file', words: 'is empty' },
    { name: 'a CA in DER', files: () => ({ ca_file: fileOf(der) }), key: 'ca_file', words: 'DER' },
    {
      name: 'a key in place of a CA',
      files: () => ({ ca_file: fixture('client.key.pem') }),
      key: 'ca_file',
      words: 'private key and no certificate',
    },
    {
      name: 'any text in place of a CA',
      files: () => ({ ca_file: fileOf('hello') }),
      key: 'ca_file',
      words: 'no certificate',
    },
    {
      name: 'a text in UTF-16',
      files: () => ({ ca_file: fileOf(Buffer.from(pem('ca'), 'utf16le')) }),
      key: 'ca_file',
      words: 'no text',
    },
    {
      name: 'a damaged CA among good ones',
      files: () => ({ ca_file: fileOf(pem('stranger') + damaged) }),
      key: 'ca_file',
      words: 'its 2. certificate',
    },
    {
      name: 'a key in place of a certificate',
      files: () => ({ ...PAIR, cert_file: PAIR.key_file }),
      key: 'cert_file',
      words: 'private key and no certificate',
    },
    {
      name: 'a certificate in place of a key',
      files: () => ({ ...PAIR, key_file: PAIR.cert_file }),
      key: 'key_file',
      words: 'a certificate and no key',
    },
    { name: 'an empty key', files: () => ({ ...PAIR, key_file: fileOf('') }), key: 'key_file', words: 'is empty' },
    {
      name: 'a key with a passphrase',
      files: () => ({ ...PAIR, key_file: fileOf(locked) }),
      key: 'key_file',
      words: 'passphrase',
    },
    {
      name: 'a key that is cut',
      files: () => ({ ...PAIR, key_file: fileOf(pem('client.key').slice(0, 90)) }),
      key: 'key_file',
      words: 'damaged',
    },
    {
      name: 'a key of another certificate',
      files: () => ({ ...PAIR, key_file: fixture('leaf.key.pem') }),
      key: 'key_file',
      words: 'not the key of',
    },
    {
      name: 'a certificate alone',
      files: () => ({ cert_file: PAIR.cert_file }),
      key: 'cert_file',
      words: 'tls.key_file',
    },
    { name: 'a key alone', files: () => ({ key_file: PAIR.key_file }), key: 'key_file', words: 'tls.cert_file' },
  ])('$name is named', ({ files, key, words }) => {
    const problem = tlsFileProblem(files());
    expect(problem).toMatchObject({ key, code: 'TLS_FILE_UNUSABLE', message: expect.stringContaining(words) });
    expect(problem?.message).not.toContain('BEGIN EC');
  });

  test('is refused when a client is opened', () => {
    expect(() => openHttpClient({ url: 'https://a', tls: { ca_file: '/nowhere/ca.pem' } })).toThrow('/nowhere/ca.pem');
  });
});

test.each<{ name: string; files: () => TlsFiles }>([
  { name: 'nothing', files: () => ({}) },
  { name: 'a CA and a pair', files: () => ({ ca_file: fixture('ca.pem'), ...PAIR }) },
  {
    name: 'several CAs, with words between',
    files: () => ({ ca_file: fileOf(`\uFEFF# ours\n${pem('ca')}\n# theirs\n${pem('stranger')}`) }),
  },
  {
    name: 'a chain',
    files: () => ({ cert_file: fileOf(pem('leaf') + pem('middle')), key_file: fixture('leaf.key.pem') }),
  },
])('$name can be used', ({ files }) => {
  const made = files();
  expect(tlsFileProblem(made)).toBeUndefined();
  expect(Object.keys(readTlsFiles(made))).toHaveLength(Object.keys(made).length);
});

describe('files that change', () => {
  test('are read again: a CA that is replaced is trusted from the next connection on', async () => {
    const { port } = await https(['leaf', 'middle'], (_, response) => response.end('yes'));
    const ca_file = join(folder(), 'ca.pem');
    copyFileSync(fixture('stranger.pem'), ca_file);
    const client = openHttpClient({ url: `https://127.0.0.1:${port}`, tls: { ca_file } });
    onTestFinished(() => client.close());
    const signal = new AbortController().signal;
    expect(await client.request({ signal })).toMatchObject({ fault: 'untrusted' });
    writeFileSync(ca_file, pem('stranger') + pem('ca'));
    expect(await client.request({ signal })).toMatchObject({ status: 200 });
  });

  test('for the worse are passed over until they are whole again', () => {
    const ca_file = fileOf(pem('ca'));
    const context = openTlsContext({ ca_file });
    const first = context.current();
    expect(context.current()).toBe(first);
    writeFileSync(ca_file, '');
    expect(context.current()).toBe(first);
    rmSync(ca_file);
    expect(context.current()).toBe(first);
    writeFileSync(ca_file, pem('ca') + pem('stranger'));
    expect(context.current()).not.toBe(first);
  });
});
