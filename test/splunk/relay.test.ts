/** The acceptance cases of HEC's protocol that need all of the relay, by their numbers: what is at the peer in the end, and how often. */
import { splunkHec } from '@audit-relay/sink-splunk-hec';
import { answer, html } from '@audit-relay/sink-splunk-hec/emulator';
import { expect, test } from 'vitest';
import { place, TOKEN, until } from './relay.ts';

const EVENTS = 300;
const forever = () => AbortSignal.timeout(120_000);

test('1: all of a log is there, once, with its time', async () => {
  const here = await place(EVENTS);
  const { relay } = await here.run();
  await relay.caughtUp(forever());
  expect([here.wrong(), here.doubled()]).toEqual([[], 0]);
  const times = here.emulator.events.map(({ time }) => time ?? Number.NaN);
  // Seconds: milliseconds would lie tens of thousands of years ahead.
  expect(Math.max(...times)).toBeLessThan(Date.now() / 1_000 + 60);
});

test('2: busy three times: the same bytes go again after a wait each, and nothing is lost or doubled', async () => {
  const here = await place(EVENTS);
  const refused: string[] = [];
  here.emulator.answer(({ path, text }) => {
    if (!path.endsWith('/event') || refused.length === 3) return undefined;
    refused.push(text);
    return answer(9);
  });
  const { relay, waits } = await here.run();
  await relay.caughtUp(forever());
  expect([here.wrong(), here.doubled()]).toEqual([[], 0]);
  expect(new Set(refused).size).toBe(1);
  // Core's first waits: a second, two, four, each with a chance part.
  expect(waits.filter((ms) => ms >= 500 && ms !== 1_000).length).toBeGreaterThanOrEqual(3);
});

test('4: the one event that is named becomes a dead letter, and all others are there', async () => {
  const here = await place(EVENTS);
  let poison = '';
  here.emulator.answer(({ path, text }) => {
    if (!path.endsWith('/event')) return undefined;
    const ids = text.split('\n').map((line) => (JSON.parse(line) as { fields: { event_id: string } }).fields.event_id);
    poison ||= ids[Math.floor(ids.length / 2)] ?? '';
    const at = ids.indexOf(poison);
    return at < 0 ? undefined : answer(6, { 'invalid-event-number': at });
  });
  const { relay } = await here.run();
  await relay.caughtUp(forever());
  expect(here.wrong()).toEqual([poison]);
  expect(relay.status().lanes['siem']?.deadLettered).toBe(1);
});

test('5: where none is named it is found in halves', async () => {
  const here = await place(EVENTS);
  let poison = '';
  let events = 0;
  here.emulator.answer(({ path, text }) => {
    if (!path.endsWith('/event')) return undefined;
    const lines = text.split('\n');
    if (poison === '') {
      events = lines.length;
      poison = (JSON.parse(lines.at(-1) ?? '') as { fields: { event_id: string } }).fields.event_id;
    }
    return text.includes(`"event_id":"${poison}"`) ? answer(6) : undefined;
  });
  const { relay } = await here.run();
  await relay.caughtUp(forever());
  expect(here.wrong()).toEqual([poison]);
  expect(events).toBeGreaterThan(1);
  const search = here.emulator.requests.filter(({ text }) => text.includes(`"event_id":"${poison}"`));
  // Each time it is in one of two halves; the other half is one request more.
  expect(search.length).toBeLessThanOrEqual(Math.ceil(Math.log2(events)) + 1);
  expect(relay.status().lanes['siem']?.deadLettered).toBe(1);
});

test.each([
  { how: 'named', more: (at: number) => ({ 'invalid-event-number': at }) },
  { how: 'not named', more: () => ({}) },
])('5: of 1,000 events one that is bad and $how costs 2·⌈log2 1,000⌉ + 1 requests at most', async ({ more }) => {
  const events = 1_000;
  const here = await place(events);
  const poison = String([...here.simulator.truth()][700]?.id);
  here.emulator.answer(({ path, text }) => {
    if (!path.endsWith('/event')) return undefined;
    const at = text.split('\n').findIndex((line) => line.includes(`"event_id":"${poison}"`));
    return at < 0 ? undefined : answer(6, more(at));
  });
  // A minute, which passes at once: batches are full.
  const { relay } = await here.run({}, { max_age: '60s' });
  await relay.caughtUp(forever());
  expect(here.wrong()).toEqual([poison]);
  expect(relay.status().lanes['siem']).toMatchObject({ deadLettered: 1, acked: events - 1 });
  const requests = here.emulator.requests.filter(({ path }) => path.endsWith('/event')).length;
  expect(requests).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(events)) + 1);
});

test('6: what is too large for a balancer goes in parts', async () => {
  const here = await place(EVENTS, { maxRequestBytes: 20_000 });
  const { relay } = await here.run();
  await relay.caughtUp(forever());
  expect([here.wrong(), here.doubled()]).toEqual([[], 0]);
});

test('7, 8: a token that is refused and an index that is not allowed hold everything until they are mended', async () => {
  const here = await place(EVENTS);
  const { tokens } = here.emulator.settings;
  tokens.delete(TOKEN);
  const { relay } = await here.run({ index: 'sec' });
  await until(() => relay.status().lanes['siem']?.health === 'blocked');
  tokens.set(TOKEN, { indexes: ['main'] });
  await until(() => relay.status().lanes['siem']?.problem?.includes('does not allow the index sec') === true);
  expect(relay.status().lanes['siem']).toMatchObject({ acked: 0, deadLettered: 0 });
  const { length } = here.emulator.requests;
  expect(length).toBeLessThan(20);
  tokens.set(TOKEN, { indexes: ['sec'] });
  await relay.caughtUp(forever());
  expect([here.wrong(), here.doubled()]).toEqual([[], 0]);
});

test('9: nothing counts as delivered before it is indexed', async () => {
  const here = await place(EVENTS, { tokens: { [TOKEN]: { useAck: true } }, indexesAtOnce: false });
  const { relay } = await here.run({ ack_poll_interval: '20ms' }, { max_events: 50 });
  await until(() => here.emulator.requests.filter(({ path }) => path.endsWith('/ack')).length > 3);
  expect(relay.status().lanes['siem']?.acked).toBe(0);
  here.emulator.settings.indexesAtOnce = true;
  here.emulator.index();
  await relay.caughtUp(forever());
  expect([here.wrong(), here.doubled()]).toEqual([[], 0]);
  // None held the slot of another while it waited.
  expect(here.emulator.requests.filter(({ path }) => path.endsWith('/event')).length).toBeGreaterThanOrEqual(
    EVENTS / 50,
  );
});

test('what waits for its acknowledgment is bounded in bytes: then the lane waits, and goes on when it is indexed', async () => {
  const here = await place(5_000, { tokens: { [TOKEN]: { useAck: true } }, indexesAtOnce: false });
  const { relay } = await here.run({ ack_poll_interval: '20ms', max_unacked_bytes: '8MB' }, { max_events: 100 });
  const sent = () => here.emulator.requests.filter(({ path }) => path.endsWith('/event'));
  const sizes = () => sent().map(({ text }) => text.split('\n').reduce((sum, line) => sum + documentBytes(line), 0));
  const total = () => sizes().reduce((sum, size) => sum + size, 0);
  // A quarter of the memory is documents; a batch more would not fit.
  await until(() => total() > 2_000_000 - 2 * Math.max(...sizes()));
  await until(() => relay.status().journal.entries === 5_000);
  // So many questions after the last batch: nothing more goes out.
  await until(() => here.emulator.requests.slice(-20).every(({ path }) => path.endsWith('/ack')));
  expect(total()).toBeLessThanOrEqual(2_000_000);
  expect(relay.status().lanes['siem']).toMatchObject({ acked: 0, deadLettered: 0 });
  here.emulator.settings.indexesAtOnce = true;
  here.emulator.index();
  await relay.caughtUp(forever());
  expect([here.wrong(), here.doubled()]).toEqual([[], 0]);
});

/** Of what is inside of an envelope as the sink writes it. */
function documentBytes(envelope: string): number {
  const start = envelope.indexOf('},"event":') + '},"event":'.length;
  return Buffer.byteLength(envelope.slice(start, -1));
}

test('11: an indexer that restarts loses what it had not indexed, and gets it again', async () => {
  const here = await place(EVENTS, { tokens: { [TOKEN]: { useAck: true } }, indexesAtOnce: false });
  const { relay } = await here.run({ ack_poll_interval: '20ms', ack_timeout: '2s' }, { max_events: 50 });
  await until(() => here.emulator.requests.filter(({ path }) => path.endsWith('/event')).length >= 2);
  here.emulator.restart();
  here.emulator.settings.indexesAtOnce = true;
  await relay.caughtUp(forever());
  here.emulator.index();
  expect(here.wrong()).toEqual([]);
});

test('19: 404 in the middle, as while indexers restart: nothing is lost', async () => {
  const here = await place(EVENTS);
  let sends = 0;
  here.emulator.answer(({ path }) => {
    if (path.endsWith('/event')) sends += 1;
    return sends > 1 && sends < 5 ? html(404, 'Not Found') : undefined;
  });
  const { relay } = await here.run({}, { max_events: 50 });
  await relay.caughtUp(forever());
  expect([here.wrong(), here.doubled()]).toEqual([[], 0]);
});

test('20: what waits for its acknowledgment at the end of a drain is sent again by the next', async () => {
  const here = await place(EVENTS, { tokens: { [TOKEN]: { useAck: true } }, indexesAtOnce: false });
  const first = await here.run({}, { max_events: 150 });
  await until(() => here.emulator.requests.filter(({ path }) => path.endsWith('/event')).length >= 2);
  await first.relay.drain(100);
  expect(first.relay.status().lanes['siem']?.acked).toBe(0);
  here.emulator.restart();
  here.emulator.settings.indexesAtOnce = true;
  const second = await here.run({ ack_poll_interval: '20ms' });
  await second.relay.caughtUp(forever());
  expect([here.wrong(), here.doubled()]).toEqual([[], 0]);
});

test('a token that is changed while batches wait for their acknowledgment: all goes on with the new one', async () => {
  const here = await place(EVENTS, { tokens: { [TOKEN]: { useAck: true } }, indexesAtOnce: false });
  const keys = { url: here.emulator.url, ack_poll_interval: '20ms' };
  const { relay } = await here.run(keys, { max_events: 100 });
  await until(() => here.emulator.requests.some(({ path }) => path.endsWith('/ack')));
  const { settings } = here.emulator;
  settings.tokens.delete(TOKEN);
  settings.tokens.set('another', { useAck: true });
  await until(() => relay.status().lanes['siem']?.counts['ack_refused'] !== undefined);
  await relay.reopenSink('siem', splunkHec.configSchema.parse({ ...keys, token: 'another' }));
  settings.indexesAtOnce = true;
  here.emulator.index();
  await relay.caughtUp(forever());
  expect(here.wrong()).toEqual([]);
});
