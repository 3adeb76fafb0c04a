/** Certificates and protocols that do not fit, each by a real TLS server where its code is what matters. */
import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { CA, faultCases, ok, replyFrom } from '../__fixtures__/fault-cases.ts';
import { fixture, https, type Listening, pem } from '../__fixtures__/servers.ts';
import type { HttpClientOptions } from '../client.ts';
import { faultOf } from './fault.ts';

describe('a certificate', () => {
  const untrusted = { fault: 'untrusted', sent: false } as const;
  faultCases([
    {
      name: 'of an authority that nobody named',
      server: () => https(['leaf', 'middle', 'ca'], ok),
      fault: { ...untrusted, code: 'SELF_SIGNED_CERT_IN_CHAIN' },
      words: 'tls.ca_file',
    },
    {
      name: 'without those between',
      server: () => https(['leaf'], ok),
      options: { tls: CA },
      fault: { ...untrusted, code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' },
      words: 'those between',
    },
    {
      name: 'signed by itself',
      server: () => https(['alone'], ok),
      fault: { ...untrusted, code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
      words: 'signed by itself',
    },
    {
      name: 'of another root than the named one',
      server: () => https(['leaf', 'middle'], ok),
      options: { tls: { ca_file: fixture('stranger.pem') } },
      fault: { ...untrusted, code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY' },
      words: 'nobody we trust',
    },
    {
      name: 'for another name',
      server: () => https(['wrong', 'ca'], ok),
      options: { tls: CA },
      fault: { ...untrusted, code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
      words: 'another name',
    },
    {
      name: 'that has expired',
      server: () => https(['expired', 'ca'], ok),
      options: { tls: CA },
      fault: { ...untrusted, code: 'CERT_HAS_EXPIRED' },
      words: 'expired',
    },
    {
      name: 'that is not valid yet',
      server: () => https(['early', 'ca'], ok),
      options: { tls: CA },
      fault: { ...untrusted, code: 'CERT_NOT_YET_VALID' },
      words: 'clock',
    },
    {
      name: 'with the name of the pinned authority, signed by somebody else',
      server: () => https(['forged', 'ca'], ok),
      options: { caFingerprint: fingerprintOf('ca') },
      fault: { ...untrusted, code: 'CA_FINGERPRINT_MISMATCH' },
      words: 'ca_fingerprint',
    },
    {
      name: 'of another authority than the pinned one',
      server: () => https(['leaf', 'middle', 'ca'], ok),
      options: { caFingerprint: fingerprintOf('stranger') },
      fault: { ...untrusted, code: 'CA_FINGERPRINT_MISMATCH' },
      words: 'ca_fingerprint',
    },
  ]);

  function mutual(): Promise<Listening> {
    return https(['leaf', 'middle'], ok, {
      requestCert: true,
      rejectUnauthorized: true,
      ca: pem('ca'),
    });
  }

  test.each<{ name: string; options: Partial<HttpClientOptions>; chain?: readonly string[] }>([
    { name: 'the authority in ca_file', options: { tls: CA } },
    { name: 'the one between in ca_file and no more', options: { tls: CA }, chain: ['leaf', 'middle', 'ca'] },
    {
      name: 'the root’s fingerprint',
      options: { caFingerprint: fingerprintOf('ca') },
      chain: ['leaf', 'middle', 'ca'],
    },
    {
      name: 'the fingerprint of the one between, without colons',
      options: { caFingerprint: fingerprintOf('middle').replaceAll(':', '').toLowerCase() },
    },
    { name: 'a pinned certificate of its own', options: { caFingerprint: fingerprintOf('alone') }, chain: ['alone'] },
  ])('is trusted by $name', async ({ options, chain = ['leaf', 'middle'] }) => {
    const { port } = await https(chain, ok);
    expect(await replyFrom(`https://127.0.0.1:${port}`, options)).toBe('200 yes');
    if (options.caFingerprint === undefined)
      expect(await replyFrom(`https://localhost:${port}`, options)).toBe('200 yes');
  });

  test('of ours is shown', async () => {
    const { port } = await mutual();
    const tls = { ...CA, cert_file: fixture('client.pem'), key_file: fixture('client.key.pem') };
    expect(await replyFrom(`https://127.0.0.1:${port}`, { tls })).toBe('200 yes');
  });
});

test('a certificate that is missed only after the handshake, as TLS 1.3 has it, has let nothing through', () => {
  const code = 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED';
  expect(faultOf({ code, sent: true, urlKey: 'url' })).toMatchObject({
    fault: 'untrusted',
    sent: false,
    reason: expect.stringContaining('tls.cert_file'),
  });
});

function fingerprintOf(name: string): string {
  return new X509Certificate(pem(name)).fingerprint256;
}
