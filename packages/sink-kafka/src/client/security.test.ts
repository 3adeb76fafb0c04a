/** Certificates and credentials: files that are read again, and what must not be seen. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { batchOf, envelopes, testContext } from '@audit-relay/sink-testkit';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ONE, OTHER, type Pair } from '../__fixtures__/certificates.ts';
import { tlsBefore } from '../__fixtures__/tls-front.ts';
import { openSink, world } from '../__fixtures__/world.ts';
import { Cluster } from '../emulator/cluster.ts';

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'audit-relay-kafka-'));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return made;
}

async function behindTls(pair: Pair, mutual = false) {
  const cluster = await Cluster.start({ partitions: 1 });
  onTestFinished(() => cluster.stop());
  const [address = ''] = cluster.addresses;
  const server = mutual ? { ...pair, requestCert: true, ca: [ONE.cert, OTHER.cert] } : pair;
  const front = await tlsBefore(address, server);
  cluster.advertised[0] = front.address;
  const files = {
    ca_file: join(folder(), 'ca.pem'),
    cert_file: join(folder(), 'c.pem'),
    key_file: join(folder(), 'k.pem'),
  };
  writeFileSync(files.ca_file, pair.cert);
  writeFileSync(files.cert_file, ONE.cert);
  writeFileSync(files.key_file, ONE.key);
  const tls = mutual ? files : { ca_file: files.ca_file };
  const sink = await openSink(cluster, { brokers: [front.address], tls });
  onTestFinished(() => sink.close());
  const call = { signal: new AbortController().signal, accepted: () => undefined };
  return { cluster, front, files, send: () => sink.send(batchOf(envelopes(1)), call) };
}

describe('tls', () => {
  test('an authority that is trusted lets events through', async () => {
    const { cluster, send } = await behindTls(ONE);
    expect(await send()).toEqual({ kind: 'acked' });
    expect(cluster.held).toHaveLength(1);
  });

  test('one that is not is told with the fix; its file is read again when it changes', async () => {
    const { cluster, front, files, send } = await behindTls(ONE);
    expect(await send()).toEqual({ kind: 'acked' });
    front.use(OTHER);
    await cluster.endConnections();
    expect(await send()).toMatchObject({ kind: 'blocked', reason: expect.stringContaining('tls.ca_file') });
    writeFileSync(files.ca_file, OTHER.cert);
    expect(await send()).toEqual({ kind: 'acked' });
  });

  test('a certificate of ours that is refused holds everything, and what stands in its file later is shown', async () => {
    const { cluster, front, files, send } = await behindTls(ONE, true);
    expect(await send()).toEqual({ kind: 'acked' });
    front.use({ ...ONE, requestCert: true, ca: [OTHER.cert] });
    await cluster.endConnections();
    // Node's server gives no reason; that a broker's alert blocks is a case of `codes.test.ts`, and tried with a real one.
    expect((await send()).kind).not.toBe('acked');
    writeFileSync(files.cert_file, OTHER.cert);
    writeFileSync(files.key_file, OTHER.key);
    expect(await send()).toEqual({ kind: 'acked' });
  });

  test('a file that cannot be used is an error when the sink is opened', async () => {
    const cluster = await Cluster.start();
    onTestFinished(() => cluster.stop());
    await expect(openSink(cluster, { tls: { ca_file: '/nowhere/ca.pem' } })).rejects.toMatchObject({
      name: 'TlsFileError',
    });
  });
});

describe('a token in a file', () => {
  test('is read again for each connection', async () => {
    const path = join(folder(), 'token');
    writeFileSync(path, 'first\n');
    const { cluster, send } = await world({ config: { sasl: { mechanism: 'oauthbearer', token_file: path } } });
    cluster.users = new Map([['bearer', 'first']]);
    expect(await send(1)).toEqual({ kind: 'acked' });
    writeFileSync(path, 'second');
    cluster.users = new Map([['bearer', 'second']]);
    await cluster.endConnections();
    expect(await send(1)).toEqual({ kind: 'acked' });
    expect(cluster.shown).toEqual(['first', 'second']);
  });

  test.each([
    ['that is not there', undefined],
    ['that is empty', ' \n'],
  ])('%s is told by its key', async (_, text) => {
    const path = join(folder(), 'token');
    if (text !== undefined) writeFileSync(path, text);
    const { cluster, send } = await world({ config: { sasl: { mechanism: 'oauthbearer', token_file: path } } });
    cluster.users = new Map([['bearer', 'first']]);
    expect(await send(1)).toMatchObject({ kind: 'blocked', reason: expect.stringContaining('sasl.token_file') });
  });
});

test('a broker that quotes the password is quoted by nobody: no reason, finding or line of the log has it', async () => {
  const password = 'canary-password-93';
  const sasl = { mechanism: 'plain', username: 'ada', password };
  const { cluster, send, check, context } = await world({ config: { sasl } });
  cluster.users = new Map([['ada', 'another']]);
  const told = [await send(1), await check(), context.logs];
  expect(cluster.shown).toContain(password);
  expect(context.logs).not.toEqual([]);
  expect(JSON.stringify(told)).not.toContain(password);
});

test('what kafkajs says of an end that we made is nothing to tell', async () => {
  const { cluster, send, context } = await world({ partitions: 1 });
  cluster.act = () => ({ codes: { 0: 7 } });
  expect(await send(1)).toMatchObject({ kind: 'retryable' });
  await expect.poll(() => cluster.openSockets).toBe(0);
  expect(context.logs).toEqual([]);
});

test('the log of kafkajs is words without what stands behind them', async () => {
  const cluster = await Cluster.start();
  await cluster.stop();
  const context = testContext();
  const sink = await openSink(cluster, {}, context);
  await sink.send(batchOf(envelopes(1)), { signal: new AbortController().signal, accepted: () => undefined });
  await sink.close();
  expect(context.logs).toEqual([
    { code: 'KAFKA_CLIENT', fields: { client: 'kafkajs', area: 'Connection', words: 'Connection error' } },
  ]);
});
