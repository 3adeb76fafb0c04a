/** The acceptance cases of the protocol by their numbers, as far as one send goes; what core makes of them is in `test/splunk`. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { CERTIFICATE, KEY, OTHER_CERTIFICATE, OTHER_KEY } from './__fixtures__/certificate.ts';
import { acking, batch, emulatorFor, TOKEN, turnsUntil, World, world } from './__fixtures__/world.ts';
import { answer, html } from './emulator/index.ts';

const events = ({ emulator: { requests } }: World) => requests.filter(({ path }) => path.endsWith('/event'));
const polls = ({ emulator: { requests } }: World) => requests.filter(({ path }) => path.endsWith('/ack'));
const asked = (here: World) => polls(here).map(({ text }) => (JSON.parse(text) as { acks: number[] }).acks);
const channels = ({ emulator: { requests } }: World) =>
  new Set(requests.map(({ headers }) => headers['x-splunk-request-channel']));

test('1: one POST of envelopes one after another, packed, with seconds, token, length and name', async () => {
  const here = await world({ index: 'sec', host: 'h', source: 's', sourcetype: 't' });
  const sent = batch(3);
  expect(await here.send(sent)).toEqual({ kind: 'acked' });
  const [request, ...others] = here.emulator.requests;
  expect(others).toEqual([]);
  expect(request).toMatchObject({ method: 'POST', path: '/services/collector/event' });
  expect(request?.headers).toMatchObject({
    authorization: `Splunk ${TOKEN}`,
    'content-type': 'application/json',
    'content-encoding': 'gzip',
    'content-length': expect.stringMatching(/^\d+$/),
    'user-agent': here.context.userAgent,
    'x-splunk-request-channel': expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
  expect(here.emulator.events).toMatchObject(
    sent.envelopes.map(({ id, timeMs, json }) => ({
      time: timeMs / 1_000,
      host: 'h',
      source: 's',
      sourcetype: 't',
      index: 'sec',
      fields: { event_id: id, event_action: 'api_key.created', project_id: 'proj_kit' },
      event: JSON.parse(json),
    })),
  );
  for (const [at, { json }] of sent.envelopes.entries())
    expect(here.emulator.events[at]?.text).toContain(`"event":${json}}`);
});

test('2: busy, it answers refused each time, and the same bytes go again until they are taken', async () => {
  const here = await world();
  let turns = 0;
  here.emulator.answer(() => (++turns <= 3 ? answer(9) : undefined));
  for (let turn = 0; turn < 3; turn += 1) {
    expect(await here.send(batch(2))).toMatchObject({
      kind: 'retryable',
      why: 'refused',
      reason: 'HTTP 503 code 9, the server is busy',
    });
  }
  expect(await here.send(batch(2))).toEqual({ kind: 'acked' });
  expect(new Set(events(here).map(({ text }) => text)).size).toBe(1);
  expect(here.ids()).toEqual(['e0', 'e1']);
});

test('3: full, with Retry-After: 2, it asks for two seconds', async () => {
  const here = await world();
  here.emulator.answer(() => ({ ...answer(26), headers: { 'retry-after': '2' } }));
  expect(await here.send(batch(1))).toMatchObject({ kind: 'retryable', why: 'refused', retryAfterMs: 2_000 });
});

test.each([6, 12, 13, 15])(
  '4: code %i with the number of an event: that one is rejected, all others go again',
  async (code) => {
    const here = await world();
    here.emulator.answer(() => answer(code, { 'invalid-event-number': 3 }));
    const result = await here.send(batch(10));
    if (result.kind !== 'partial') throw new Error(`it is ${result.kind}`);
    expect(result.acked).toBe(0);
    expect(result.failures.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(result.failures[3]?.failure).toMatchObject({
      kind: 'rejected',
      reason: expect.stringContaining(`code ${code},`),
    });
    const others = result.failures.filter(({ index }) => index !== 3).map(({ failure }) => failure);
    for (const other of others) expect(other).toMatchObject({ kind: 'retryable', why: 'unanswered' });
  },
);

test('4: a number that is none of the batch names nobody', async () => {
  const here = await world();
  for (const number of [10, -1, 1.5, '3']) {
    here.emulator.answer(() => answer(6, { 'invalid-event-number': number }));
    expect((await here.send(batch(10))).kind).toBe('rejected');
  }
});

test('5: without a number the whole is rejected, which core halves', async () => {
  const here = await world();
  here.emulator.answer(() => answer(6));
  expect(await here.send(batch(10))).toEqual({ kind: 'rejected', reason: 'HTTP 400 code 6, invalid data format' });
});

test('6: 413 in HTML is too large', async () => {
  const here = await world({}, { maxRequestBytes: 1_000 });
  expect((await here.send(batch(9))).kind).toBe('too_large');
  expect((await here.send(batch(1))).kind).toBe('acked');
});

test.each([
  { name: '3', settings: undefined, code: 3, says: 'without the word Splunk' },
  { name: '4', settings: undefined, code: 4, says: 'put a valid one under token' },
  { name: '1', settings: { isDisabled: true }, code: 1, says: 'enable it in Splunk' },
])('7: code $name blocks with what to do, and nothing is lost once it is mended', async ({ settings, code, says }) => {
  const here = await world();
  const { tokens } = here.emulator.settings;
  if (settings === undefined) tokens.delete(TOKEN);
  else tokens.set(TOKEN, settings);
  if (code === 3) here.emulator.answer(() => answer(3));
  const result = await here.send(batch(1));
  expect(result).toMatchObject({ kind: 'blocked', reason: expect.stringContaining(`code ${code},`) });
  expect(result).toMatchObject({ reason: expect.stringContaining(says) });
  tokens.set(TOKEN, {});
  here.emulator.answer(() => undefined);
  expect(await here.send(batch(1))).toEqual({ kind: 'acked' });
});

test.each([
  { keys: { index: 'sec' }, says: 'does not allow the index sec' },
  { keys: {}, says: 'default index of the token' },
])('8: a wrong index blocks, naming it: $keys', async ({ keys, says }) => {
  const here = await world(keys, { tokens: { [TOKEN]: { indexes: ['other'] } } });
  expect(await here.send(batch(3))).toMatchObject({ kind: 'blocked', reason: expect.stringContaining(says) });
  expect(here.ids()).toEqual([]);
});

describe('indexer acknowledgment', () => {
  test('9: acked only after true, all that wait are asked for, on one channel', async () => {
    const here = await world({}, acking);
    let settled = 0;
    const sendings = [here.begin(batch(1, 'a')), here.begin(batch(1, 'b'))];
    for (const { result, taken } of sendings) {
      await taken;
      result.then(() => (settled += 1)).catch(() => undefined);
    }
    for (let turn = 0; turn < 3; turn += 1) await here.poll();
    expect([settled, here.ids()]).toEqual([0, []]);
    here.emulator.index();
    await here.poll();
    expect(await Promise.all(sendings.map(({ result }) => result))).toEqual([{ kind: 'acked' }, { kind: 'acked' }]);
    expect(asked(here)).toEqual(Array(4).fill([0, 1]));
    expect(channels(here).size).toBe(1);
  });

  test('9: another sink of the same name has the same channel, one of another name has its own', async () => {
    const emulator = await emulatorFor();
    const sinks = ['siem', 'siem', 'other'].map((name) => new World(emulator, {}, { overrides: { name } }));
    for (const here of sinks) await here.send(batch(1));
    const [first, second, third] = emulator.requests.map(({ headers }) => headers['x-splunk-request-channel']);
    expect([first === second, first === third]).toEqual([true, false]);
  });

  test('10: after ack_timeout it is unanswered and counted, and goes again with the same ids', async () => {
    const here = await world({}, acking);
    const sending = here.begin(batch(2));
    await sending.taken;
    here.time.pass(299_999);
    await turnsUntil(() => polls(here).length > 0 && here.time.sleeping === 2);
    here.time.pass(1);
    expect(await sending.result).toMatchObject({
      kind: 'retryable',
      why: 'unanswered',
      reason: expect.stringContaining('300 s'),
    });
    expect(here.counted('ack_timeout')).toBe(2);
    const again = here.begin(batch(2));
    await again.taken;
    here.emulator.index();
    await here.poll();
    expect(await again.result).toEqual({ kind: 'acked' });
    expect(here.ids()).toEqual(['e0', 'e1', 'e0', 'e1']);
    // Who has given up is not asked for any more.
    expect(asked(here).at(-1)).toEqual([1]);
  });

  test('11: an indexer that restarts begins at 0: what waited goes again, and no word of a new one is taken for it', async () => {
    const here = await world({}, acking);
    const old = [here.begin(batch(1, 'a'))];
    await old[0]?.taken;
    old.push(here.begin(batch(1, 'b')));
    await old[1]?.taken;
    here.emulator.restart();
    const fresh = here.begin(batch(1, 'c'));
    await fresh.taken;
    for (const { result } of old) expect(await result).toMatchObject({ kind: 'retryable', why: 'unanswered' });
    expect(here.counted('ack_restarted')).toBe(2);
    expect(here.logged()).toContain('SPLUNK_HEC_ACK_RESTARTED');
    here.emulator.index();
    await here.poll();
    expect(await fresh.result).toEqual({ kind: 'acked' });
    expect(here.ids()).toEqual(['c0']);
  });

  test('11: also when the answer that would have shown it was lost: the word about its id is not taken', async () => {
    const here = await world({}, acking);
    const old = here.begin(batch(1, 'a'));
    await old.taken;
    here.emulator.restart();
    here.emulator.answer(({ path }, handled) =>
      path.endsWith('/event') ? { ...handled(), fault: 'reset' } : undefined,
    );
    expect(await here.send(batch(1, 'b'))).toMatchObject({ kind: 'retryable', why: 'unanswered' });
    here.emulator.index();
    // 0 is indexed: it is the other's by now.
    await here.poll();
    expect(asked(here)).toEqual([[0]]);
    here.time.pass(300_000);
    expect(await old.result).toMatchObject({ kind: 'retryable', why: 'unanswered' });
    expect(here.ids()).toEqual(['b0']);
  });

  test('12: ACK is disabled: required sends nothing and says what to do', async () => {
    const here = await world({ indexer_ack: 'required' });
    const result = await here.send(batch(1));
    expect(result).toMatchObject({ kind: 'blocked', reason: expect.stringContaining('HTTP 400 code 14') });
    expect(result).toMatchObject({ reason: expect.stringContaining('enable it for the token') });
    expect([events(here), here.ids()]).toEqual([[], []]);
    here.emulator.settings.tokens.set(TOKEN, { useAck: true });
    const mended = here.begin(batch(1));
    await mended.taken;
    await here.poll();
    expect(await mended.result).toEqual({ kind: 'acked' });
  });

  test('12: required, and a receiver that has no such address and no codes: nothing is sent, and it is named', async () => {
    const here = await world({ indexer_ack: 'required' });
    here.emulator.answer(({ path }) =>
      path.endsWith('/ack')
        ? { status: 400, body: 'unsupported path requested: "/services/collector/ack"' }
        : undefined,
    );
    const reason = expect.stringContaining('receiver: other');
    expect(await here.send(batch(2))).toEqual({ kind: 'blocked', reason });
    expect(here.emulator.requests.some(({ path }) => path.endsWith('/event'))).toBe(false);
  });

  test('12: auto goes on without and says so once', async () => {
    const here = await world();
    for (let turn = 0; turn < 3; turn += 1) expect(await here.send(batch(1))).toEqual({ kind: 'acked' });
    expect(here.logged()).toEqual(['SPLUNK_HEC_ACK_OFF']);
    expect(polls(here)).toEqual([]);
  });

  test.each([
    { name: 'code 14', reply: answer(14) },
    { name: 'no such address', reply: html(404, 'Not Found') },
  ])(
    '12: auto, promised and then refused by $name: goes on without, is logged and counted as unconfirmed',
    async ({ reply }) => {
      const here = await world({}, acking);
      here.emulator.answer(({ path }) => (path.endsWith('/ack') ? reply : undefined));
      const sending = here.begin(batch(2));
      await sending.taken;
      await here.poll();
      expect(await sending.result).toEqual({ kind: 'acked' });
      expect(await here.send(batch(1))).toEqual({ kind: 'acked' });
      expect(here.logged()).toEqual(['SPLUNK_HEC_ACK_REFUSED']);
      expect(here.counted('unconfirmed')).toBe(3);
    },
  );

  test('12: required, promised and then refused: what waited goes again, and the next is blocked', async () => {
    const here = await world({ indexer_ack: 'required' }, acking);
    const sending = here.begin(batch(2));
    await sending.taken;
    here.emulator.answer(({ path }) => (path.endsWith('/ack') ? answer(14) : undefined));
    await here.poll();
    expect(await sending.result).toMatchObject({ kind: 'retryable', why: 'unanswered' });
    expect((await here.send(batch(2))).kind).toBe('blocked');
  });

  test('13: the cookie of the balancer goes back, so that the indexer that has the ids is asked', async () => {
    const here = await world({}, { ...acking, indexers: 2 });
    const sendings = ['a', 'b', 'c'].map((name) => here.begin(batch(1, name)));
    for (const { taken } of sendings) await taken;
    here.emulator.index();
    await here.poll();
    for (const { result } of sendings) expect(await result).toEqual({ kind: 'acked' });
    expect(here.emulator.indexers.map((indexer) => indexer.events.length)).toEqual([3, 0]);
    expect(events(here).map(({ headers }) => headers['cookie'])).toEqual([undefined, 'AWSALB=0', 'AWSALB=0']);
  });

  test('13: with two addresses each has its own cookies and ids, and is asked for its own', async () => {
    const [one, two] = [await emulatorFor(acking), await emulatorFor(acking)];
    const here = new World(one, { urls: [one.url, `${two.url}/services/collector/event`] });
    const sendings = ['a', 'b', 'c', 'd'].map((name) => here.begin(batch(1, name)));
    for (const { taken } of sendings) await taken;
    one.index();
    here.time.pass(10_000);
    for (const at of [0, 2]) expect(await sendings[at]?.result).toEqual({ kind: 'acked' });
    two.index();
    // The two that wait and the next question to the other address, or nothing where it was asked late enough.
    await turnsUntil(() => here.time.sleeping === 3 || here.time.sleeping === 0);
    here.time.pass(10_000);
    for (const { result } of sendings) expect(await result).toEqual({ kind: 'acked' });
    expect([one, two].map(({ events: { length } }) => length)).toEqual([2, 2]);
  });
});

test('14: taken, and the connection closed before the answer: unanswered, and the copy has the same ids', async () => {
  const here = await world();
  here.emulator.answer((_, handled) => ({ ...handled(), fault: 'reset' }));
  expect(await here.send(batch(2))).toMatchObject({ kind: 'retryable', why: 'unanswered' });
  here.emulator.answer(() => undefined);
  await here.send(batch(2));
  expect(here.ids()).toEqual(['e0', 'e1', 'e0', 'e1']);
});

test('15: no answer: its own time is over first', async () => {
  const here = await world({ request_timeout: '100ms' });
  here.emulator.answer(() => ({ ...answer(0), fault: 'hang' }));
  expect(await here.send(batch(1))).toMatchObject({ kind: 'retryable', why: 'unanswered' });
});

test('16: 200 with a page is no yes', async () => {
  const here = await world();
  here.emulator.answer(() => html(200, 'Log in'));
  expect(await here.send(batch(1))).toMatchObject({
    kind: 'retryable',
    why: 'unanswered',
    reason: expect.stringContaining('web page'),
  });
});

test.each([24, 25])('17: code %i is a yes that is busy', async (code) => {
  const here = await world();
  here.emulator.answer((_, handled) => {
    handled();
    return answer(code);
  });
  expect(await here.send(batch(1))).toEqual({ kind: 'acked', busy: true });
});

test('17: also when the acknowledgment comes later', async () => {
  const here = await world({}, { ...acking, queueEvents: 10, warnsAt80: true });
  const sending = here.begin(batch(9));
  await sending.taken;
  here.emulator.index();
  await here.poll();
  expect(await sending.result).toEqual({ kind: 'acked', busy: true });
});

describe('18: TLS', () => {
  async function fileOf(certificate: string): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'splunk-hec-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'ca.pem'), certificate);
    return join(folder, 'ca.pem');
  }

  test('a certificate of nobody is refused, and taken with ca_file', async () => {
    const emulator = await emulatorFor({ tls: { cert: CERTIFICATE, key: KEY } });
    const refused = await new World(emulator, {}).send(batch(1));
    expect(refused).toMatchObject({ kind: 'blocked', reason: expect.stringContaining('ca_file') });
    const trusting = new World(emulator, { tls: { ca_file: await fileOf(CERTIFICATE) } });
    expect(await trusting.send(batch(1))).toEqual({ kind: 'acked' });
  });

  test('a certificate for another name is refused though it is trusted', async () => {
    const emulator = await emulatorFor({ tls: { cert: OTHER_CERTIFICATE, key: OTHER_KEY } });
    const here = new World(emulator, { tls: { ca_file: await fileOf(OTHER_CERTIFICATE) } });
    expect((await here.send(batch(1))).kind).toBe('blocked');
    expect(emulator.requests).toEqual([]);
  });
});

test('19: 404 at first contact is a wrong address; after a yes it passes', async () => {
  const here = await world();
  const gone = () => html(404, 'Not Found');
  here.emulator.answer(gone);
  expect(await here.send(batch(1))).toMatchObject({ kind: 'blocked', reason: expect.stringContaining('url') });
  here.emulator.answer(() => undefined);
  await here.send(batch(1));
  here.emulator.answer(gone);
  expect(await here.send(batch(1))).toMatchObject({ kind: 'retryable', why: 'failed' });
});

test('20: what waits when the signal fires ends at once and is asked for no more', async () => {
  const here = await world({}, acking);
  const sendings = [here.begin(batch(1, 'a')), here.begin(batch(1, 'b'))];
  for (const { taken } of sendings) await taken;
  for (const { stop } of sendings) stop.abort(new Error('the drain is over'));
  for (const { result } of sendings) await expect(result).rejects.toThrow('the drain is over');
  here.time.pass(10_000);
  await turnsUntil(() => here.time.sleeping === 0);
  expect(polls(here)).toEqual([]);
});
