/** Secured listeners of real brokers: who is let in, who is told what to do, and what is changed while the sink runs. */
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { batchOf, envelopes } from '@audit-relay/sink-testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Certificates, certificates, type Pair } from '../services/kafka/certificates.ts';
import { USER } from '../services/kafka/properties.ts';
import { notOnce, useBroker } from './broker.ts';
import { fates, openSink, settle } from './sink.ts';

const PASSWORD = 'password-of-nobody-else';
const batch = batchOf(envelopes(10));
const IDS = batch.envelopes.map(({ id }) => id);

let pem: Certificates;
let folder: string;

beforeAll(async () => {
  pem = await certificates();
  folder = mkdtempSync(join(tmpdir(), 'audit-relay-kafka-secrets-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A token that nobody has signed, as the listener takes it. */
function tokenFor(user: string): string {
  const part = (json: object): string => Buffer.from(JSON.stringify(json)).toString('base64url');
  const now = Math.floor(Date.now() / 1_000);
  return `${part({ alg: 'none' })}.${part({ sub: user, iat: now, exp: now + 3_600 })}.`;
}

function fileWith(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('Kafka 4.4.0', () => {
  const broker = useBroker({ version: '4.4.0' });

  const sasl = (mechanism: string, rest: object = {}): object => ({
    sasl: { mechanism, ...rest },
    tls: { ca_file: pem.ca },
  });
  const scramKeys = (): object => ({ mechanism: 'scram-sha-512', username: 'nobody', password: PASSWORD });
  const scram = (user: string, password: string, bits: 256 | 512 = 512): object =>
    sasl(`scram-sha-${bits}`, { username: user, password });
  const mutual = ({ cert, key }: Pair): object => ({ tls: { ca_file: pem.ca, cert_file: cert, key_file: key } });

  /** A topic of the test's own, for this user alone. */
  async function topicFor(user: string, topic: string): Promise<string> {
    await broker().observer.createTopic(topic);
    await broker().observer.allow(user, topic, ['WRITE', 'DESCRIBE']);
    return topic;
  }

  const at = (listener: 'sasl' | 'mutual', keys: object) => openSink(broker().addresses[listener], keys);

  describe.each([false, true])('idempotent: %s', (idempotent) => {
    const doors = [
      {
        door: 'SCRAM-SHA-256',
        user: 'scram-256',
        keys: async () => {
          await broker().observer.setScram('scram-256', 'SCRAM-SHA-256', PASSWORD);
          return scram('scram-256', PASSWORD, 256);
        },
      },
      {
        door: 'SCRAM-SHA-512',
        user: 'scram-512',
        keys: async () => {
          await broker().observer.setScram('scram-512', 'SCRAM-SHA-512', PASSWORD);
          return scram('scram-512', PASSWORD);
        },
      },
      { door: 'PLAIN', user: USER.username, keys: async () => sasl('plain', USER) },
      {
        door: 'OAUTHBEARER',
        user: 'bearer',
        keys: async () => sasl('oauthbearer', { token_file: fileWith('token', tokenFor('bearer')) }),
      },
    ];
    test.each(doors)('$door and the rights to write and to describe are enough', async ({ door, user, keys }) => {
      const topic = await topicFor(user, `door-${door}-${idempotent}`);
      expect(await settle(await at('sasl', { topic, idempotent, ...(await keys()) }), batch.envelopes)).toMatchObject({
        dead: [],
      });
      expect(notOnce(await broker().observer.records(topic), IDS)).toEqual([]);
    });

    test('a certificate and the rights to write and to describe are enough', async () => {
      const topic = await topicFor('CN=client', `door-mutual-${idempotent}`);
      expect(
        await settle(await at('mutual', { topic, idempotent, ...mutual(pem.client) }), batch.envelopes),
      ).toMatchObject({ dead: [] });
      expect(notOnce(await broker().observer.records(topic), IDS)).toEqual([]);
    });
  });

  test('a user who comes to be while the sink holds is let in then, and no password is shown', async () => {
    const topic = await topicFor('late', 'late');
    const { send, context } = await at('sasl', { topic, ...scram('late', PASSWORD) });
    const held = await send(batch);
    expect(held).toMatchObject({ kind: 'blocked', reason: expect.stringContaining('sasl') });
    await broker().observer.setScram('late', 'SCRAM-SHA-512', PASSWORD);
    expect(await send(batch)).toEqual({ kind: 'acked' });
    expect(JSON.stringify([held, context.logs])).not.toContain(PASSWORD);
  });

  const wrongDoors = [
    {
      what: 'SASL at a listener that has none',
      door: 'plain',
      keys: () => ({ sasl: scramKeys() }),
      kind: 'blocked',
      says: /34 ILLEGAL_SASL_STATE.* sasl/,
    },
    {
      what: 'TLS at a listener that has none',
      door: 'plain',
      keys: () => ({ tls: { ca_file: pem.ca } }),
      kind: 'retryable',
      says: /take tls out/,
    },
    {
      what: 'no TLS at a listener that wants it',
      door: 'mutual',
      keys: () => ({}),
      kind: 'retryable',
      says: /set tls/,
    },
    {
      what: 'no SASL at a listener that wants it',
      door: 'sasl',
      keys: () => ({ tls: { ca_file: pem.ca } }),
      kind: 'retryable',
      says: /set sasl/,
    },
    {
      what: 'SASL without TLS at a listener that wants both',
      door: 'sasl',
      keys: () => ({ sasl: scramKeys() }),
      kind: 'retryable',
      says: /set tls/,
    },
  ] as const;
  test.each(wrongDoors)('$what is told', async ({ door, keys, kind, says }) => {
    const { send } = await openSink(broker().addresses[door], {
      topic: 'wrong-door',
      connect_timeout: '3s',
      ...keys(),
    });
    expect(await send(batch)).toMatchObject({ kind, reason: expect.stringMatching(says) });
  });

  test('a user without the right to write is told which topic, and goes on when it is granted', async () => {
    const topic = await topicFor('somebody-else', 'granted');
    await broker().observer.setScram('reader', 'SCRAM-SHA-512', PASSWORD);
    await broker().observer.allow('reader', topic, ['DESCRIBE']);
    const { send } = await at('sasl', { topic, ...scram('reader', PASSWORD) });
    const result = await send(batch);
    expect(new Set(fates(result, IDS.length))).toEqual(new Set(['blocked']));
    expect(JSON.stringify(result)).toMatch(/29 .*granted/);
    await broker().observer.allow('reader', topic, ['DESCRIBE', 'WRITE']);
    expect(await send(batch)).toEqual({ kind: 'acked' });
    expect(notOnce(await broker().observer.records(topic), IDS)).toEqual([]);
  });

  test('a user without any right is told of the right, and makes no topic', async () => {
    const topic = await topicFor('somebody-else', 'denied');
    await broker().observer.setScram('stranger', 'SCRAM-SHA-512', PASSWORD);
    const { send } = await at('sasl', { topic, ...scram('stranger', PASSWORD) });
    expect(await send(batch)).toMatchObject({ kind: 'blocked', reason: expect.stringContaining('denied') });
    expect(await broker().observer.records(topic)).toEqual([]);
  });

  test('a broker whose authority is not trusted gets no credentials, and the fix is told', async () => {
    const keys = { topic: 'untrusted', sasl: { mechanism: 'plain', ...USER } };
    for (const tls of [{}, { ca_file: pem.stranger.cert }]) {
      const { send } = await at('sasl', { ...keys, tls });
      expect(await send(batch)).toMatchObject({
        kind: 'blocked',
        reason: expect.stringMatching(/certificate .*tls\.ca_file/),
      });
    }
  });

  test.each([
    { who: 'no certificate', tls: () => ({ ca_file: pem.ca }) },
    {
      who: 'a certificate of another authority',
      tls: () => ({ ca_file: pem.ca, cert_file: pem.stranger.cert, key_file: pem.stranger.key }),
    },
  ])('with $who nothing is stored, and the reason speaks of the certificate', async ({ tls }) => {
    const { send } = await at('mutual', { topic: 'mutual-refused', tls: tls() });
    const result = await send(batch);
    expect(result).toMatchObject({ reason: expect.stringMatching(/certificate/) });
    expect(result.kind).not.toBe('acked');
  });

  test('a certificate that is changed in its files is shown without opening the sink anew', async () => {
    const topic = await topicFor('CN=second', 'rotated');
    const files: Pair = { cert: join(folder, 'rotating.pem'), key: join(folder, 'rotating.key') };
    const put = ({ cert, key }: Pair): void => {
      copyFileSync(cert, files.cert);
      copyFileSync(key, files.key);
    };
    put(pem.client);
    const { send } = await at('mutual', { topic, ...mutual(files) });
    expect(await send(batch)).toMatchObject({ kind: 'blocked', reason: expect.stringContaining('29') });
    put(pem.second);
    expect(await send(batch)).toEqual({ kind: 'acked' });
  });

  test('a token is read again from its file', async () => {
    const topic = await topicFor('new-bearer', 'token-rotated');
    const token_file = fileWith('rotating-token', tokenFor('old-bearer'));
    const { send } = await at('sasl', { topic, ...sasl('oauthbearer', { token_file }) });
    expect(await send(batch)).toMatchObject({ kind: 'blocked' });
    fileWith('rotating-token', tokenFor('new-bearer'));
    expect(await send(batch)).toEqual({ kind: 'acked' });
  });
});
