/** What `doctor` is told, and that it changes nothing. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { CERTIFICATE, KEY } from '../__fixtures__/certificate.ts';
import { acking, batch, emulatorFor, TOKEN, World, world } from '../__fixtures__/world.ts';
import { answer, type Fault, html } from '../emulator/index.ts';

const verdicts = async (here: World): Promise<readonly string[]> =>
  (await here.check()).map(({ name, verdict }) => `${name} ${verdict}`);

/** The kit's clock. */
const DATE = new Date(Date.UTC(2026, 2, 1, 12)).toUTCString();

/** With the kit's time in each answer. */
const dated =
  (date: string): Fault =>
  (_, handled) => {
    const reply = handled();
    return { ...reply, headers: { ...reply.headers, date } };
  };

test('all is well, and nothing was stored, nor an id given', async () => {
  const here = await world({ index: 'sec', indexer_ack: 'required' }, acking);
  here.emulator.answer(dated(DATE));
  expect(await verdicts(here)).toEqual([
    'tls ok',
    'health ok',
    'clock ok',
    'token ok',
    'index ok',
    'indexer acknowledgment ok',
  ]);
  here.emulator.index();
  expect(here.ids()).toEqual([]);
  const sending = here.begin(batch(1));
  await sending.taken;
  const channels = new Set(here.emulator.requests.map(({ headers }) => headers['x-splunk-request-channel']));
  expect(channels.size).toBeGreaterThan(2);
  sending.stop.abort(new Error('enough'));
  await sending.result.catch(() => undefined);
});

describe('finds, and says what to do', () => {
  test.each<{ name: string; keys?: object; token?: object | undefined; fault?: Fault; finding: string; fix: RegExp }>([
    { name: 'a token that is disabled', token: { isDisabled: true }, finding: 'token fail', fix: /token/ },
    {
      name: 'a token that is not known',
      fault: ({ path }) => (path.endsWith('/event') ? answer(4) : undefined),
      finding: 'token fail',
      fix: /token/,
    },
    {
      name: 'queues that are full',
      fault: ({ path }) => (path.endsWith('/health') ? answer(18) : undefined),
      finding: 'health fail',
      fix: /indexers/,
    },
    { name: 'a page in place of the collector', fault: () => html(200, 'Log in'), finding: 'health warn', fix: /8088/ },
    { name: 'a page in place of its yes', fault: () => html(200, 'Log in'), finding: 'token fail', fix: /Splunk/ },
    {
      name: 'what says yes to nothing, as Splunk does not, and is asked for nothing more',
      keys: { index: 'sec' },
      fault: ({ text }) => {
        expect(text).not.toContain('sec');
        return answer(0);
      },
      finding: 'token warn',
      fix: /receiver: other/,
    },
    {
      name: 'an index that is not allowed',
      keys: { index: 'sec' },
      fault: ({ text }) => (text.includes('sec') ? answer(7) : undefined),
      finding: 'index fail',
      fix: /allowed indexes/,
    },
    {
      name: 'no acknowledgment where it is required',
      keys: { indexer_ack: 'required' },
      finding: 'indexer acknowledgment fail',
      fix: /Splunk Cloud/,
    },
    { name: 'no acknowledgment where it would be used', finding: 'indexer acknowledgment warn', fix: /Splunk Cloud/ },
    {
      name: 'an acknowledgment that nobody reads',
      keys: { indexer_ack: 'off' },
      token: { useAck: true },
      finding: 'indexer acknowledgment warn',
      fix: /fill its channel/,
    },
    { name: 'a clock that is off', fault: dated('Sun, 01 Mar 2026 13:00:00 GMT'), finding: 'clock warn', fix: /NTP/ },
  ])('$name', async ({ keys = {}, token = {}, fault = () => undefined, finding, fix }) => {
    const here = await world(keys, { tokens: { [TOKEN]: token } });
    here.emulator.answer(fault);
    const found = (await here.check()).filter(({ name, verdict }) => `${name} ${verdict}` === finding);
    expect(found.map((check) => check.fix)).toEqual([expect.stringMatching(fix)]);
  });

  test('a certificate that is not trusted', async () => {
    const emulator = await emulatorFor({ tls: { cert: CERTIFICATE, key: KEY } });
    expect(await new World(emulator, {}).check()).toEqual([
      { name: 'tls', verdict: 'fail', detail: expect.any(String), fix: expect.stringContaining('tls.ca_file') },
    ]);
  });

  test('who signed a certificate that is trusted, and until when', async () => {
    const emulator = await emulatorFor({ tls: { cert: CERTIFICATE, key: KEY } });
    const folder = mkdtempSync(join(tmpdir(), 'audit-relay-splunk-check-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const caFile = join(folder, 'ca.pem');
    writeFileSync(caFile, CERTIFICATE);
    const [tls] = await new World(emulator, { tls: { ca_file: caFile } }).check();
    const detail = 'the certificate of localhost is trusted, signed by localhost; until 2126-10-29';
    expect(tls).toEqual({ name: 'tls', verdict: 'ok', detail });
  });

  test('each address by its name', async () => {
    const [one, two] = [await emulatorFor(), await emulatorFor()];
    const hosts = [one, two].map(({ url }) => new URL(url).host);
    const here = new World(one, { urls: [one.url, two.url] });
    await two.close();
    const found = await verdicts(here);
    expect(found).toContain(`${hosts[0]} token ok`);
    expect(found).toContain(`${hosts[1]} reach fail`);
  });
});

test('a receiver that is not Splunk may have no address for health', async () => {
  const here = await world({ receiver: 'other' });
  here.emulator.answer(({ path }) => (path.endsWith('/health') ? html(404, 'Not Found') : undefined));
  expect(await verdicts(here)).toContain('health ok');
});

test('a receiver that is not Splunk has neither code nor acknowledgments', async () => {
  const here = await world({ receiver: 'other' });
  here.emulator.answer(() => ({ status: 200, headers: { date: DATE }, body: '' }));
  expect(await verdicts(here)).toEqual(['tls ok', 'health ok', 'clock ok', 'token ok']);
});
