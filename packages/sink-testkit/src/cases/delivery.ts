/** Cases on a peer in good health: what is sent arrives once, in order, unchanged, whatever its shape. */
import type { Batch, Envelope, SinkLimits } from '@audit-relay/sink';
import { expect, test } from 'vitest';
import { batchOf, byBytes, envelopes } from '../envelopes.ts';
import type { SinkUnderTest } from '../under-test.ts';
import { CASE_MS, onStage, type Stage } from './stage.ts';

/** To spare the memory of the test run; a peer that takes more is tried with this much. */
const MAX_BYTES = 16 * 1024 * 1024;
const MAX_EVENTS = 20_000;
/** More than the bare document of any id in these cases. */
const ROOM_FOR_ONE = 512;

/** One batch each. Where limits allow fewer events than a case is about, it makes do with fewer. */
const SHAPES: readonly { readonly title: string; readonly batch: (limits: SinkLimits) => Batch }[] = [
  { title: 'delivers one event', batch: () => batchOf(envelopes(1)) },
  { title: 'delivers each event once, in order, its document unchanged', batch: someEvents },
  { title: 'delivers a batch that may have been sent before', batch: () => batchOf(envelopes(3), true) },
  { title: 'delivers a batch of as many events as it takes', batch: manyEvents },
  { title: 'delivers a batch of as many bytes as it takes', batch: manyBytes },
  { title: 'delivers one event of as many bytes as it takes', batch: largeEvent },
  { title: 'delivers ids of 512 bytes and hashed ids', batch: longIds },
  { title: 'delivers emoji, line separators, right-to-left text and escapes unchanged', batch: unicode },
];

/** Registers them in the caller's `describe`. */
export function deliveryCases<Config>(under: SinkUnderTest<Config>): void {
  for (const { title, batch } of SHAPES) {
    test(title, { timeout: CASE_MS }, () =>
      onStage(under, async (stage) => {
        const sent = batch(stage.session.limits);
        expect(await stage.session.send(sent)).toEqual({ kind: 'acked' });
        await expectArrived(stage, sent.envelopes);
      }),
    );
  }

  if (under.plugin.document !== undefined) {
    test('delivers documents that it takes as bytes unchanged', { timeout: CASE_MS }, () =>
      onStage(under, async (stage) => {
        const { plugin } = under;
        if (plugin.document?.(plugin.configSchema.parse(stage.config)).taken !== 'bytes') return;
        const { limits } = stage.session;
        // Of one length, of many, and with what has more bytes than letters.
        const lists = [someEvents(limits), manyBytes(limits), unicode()].map(({ envelopes: list }) => list);
        for (const list of lists) expect(await stage.session.send(byBytes(batchOf(list)))).toEqual({ kind: 'acked' });
        await expectArrived(stage, lists.flat());
      }),
    );
  }

  if (under.plugin.overwriteRefusal !== undefined) {
    test('writes a batch that overwrites, though it has been delivered', { timeout: CASE_MS }, () =>
      onStage(under, async ({ session, config, delivered }) => {
        const { plugin } = under;
        // It cannot by this configuration: then core never asks for it.
        if (plugin.overwriteRefusal?.(plugin.configSchema.parse(config)) !== undefined) return;
        const batch = batchOf(envelopes(someCount(session.limits)));
        await session.send(batch);
        expect(await session.send({ ...batch, replay: true, overwrite: true })).toEqual({ kind: 'acked' });
        const ids = batch.envelopes.map(({ id }) => id);
        expect((await delivered()).ids, 'delivered').toEqual([...ids, ...ids]);
      }),
    );
  }

  test('leaves the batch as it was', { timeout: CASE_MS }, () =>
    onStage(under, async ({ session }) => {
      // The batch is frozen: a sink that writes to it throws in `send`.
      const batch = batchOf(envelopes(someCount(session.limits)));
      await session.send(batch);
      expect(batch).toEqual(batchOf(envelopes(someCount(session.limits))));
    }),
  );

  test('settles as many sends at a time as it takes', { timeout: CASE_MS }, () =>
    onStage(under, async (stage) => {
      const turns = Array.from({ length: Math.min(stage.session.limits.maxInFlight, 32) }, (_, turn) => turn);
      const lists = turns.map((turn) => envelopes(1, { id: (index) => `turn-${turn}-${index}` }));
      const results = await Promise.all(lists.map((list) => stage.session.send(batchOf(list))));
      expect(results).toEqual(turns.map(() => ({ kind: 'acked' })));
      const { ids } = await stage.delivered();
      expect(ids.toSorted()).toEqual(lists.flatMap((list) => list.map(({ id }) => id)).toSorted());
    }),
  );
}

async function expectArrived(stage: Stage, sent: readonly Envelope[]): Promise<void> {
  const { ids, text } = await stage.delivered();
  expect(ids).toEqual(sent.map(({ id }) => id));
  let from = 0;
  for (const { id, json } of sent) {
    // Without its braces: a peer that wants fields of its own gets them spliced into the same object.
    const members = json.slice(1, -1);
    const found = text.indexOf(members, from);
    expect(found, `where the unchanged document of ${id.slice(0, 40)} arrived`).toBeGreaterThanOrEqual(0);
    from = found + members.length;
  }
}

/** More than two, so that order shows. */
function someCount({ maxEvents }: SinkLimits): number {
  return Math.min(5, maxEvents);
}

function someEvents(limits: SinkLimits): Batch {
  return batchOf(envelopes(someCount(limits)));
}

function manyEvents({ maxEvents, maxBytes, maxEventBytes }: SinkLimits): Batch {
  const fitting = Math.floor(Math.min(maxBytes, MAX_BYTES) / ROOM_FOR_ONE);
  const bytes = Math.min(ROOM_FOR_ONE, maxEventBytes);
  return batchOf(envelopes(Math.max(1, Math.min(maxEvents, MAX_EVENTS, fitting)), { bytes }));
}

function manyBytes({ maxEvents, maxBytes, maxEventBytes }: SinkLimits): Batch {
  const total = Math.min(maxBytes, MAX_BYTES);
  const count = Math.min(maxEvents, Math.max(1, Math.ceil(total / Math.min(maxEventBytes, 64 * 1024))));
  return batchOf(envelopes(count, { bytes: Math.min(maxEventBytes, Math.floor(total / count)) }));
}

/** Core sends an event up to this size and makes a larger one a dead letter, so the figure must be true. */
function largeEvent({ maxEventBytes }: SinkLimits): Batch {
  return batchOf(envelopes(1, { bytes: Math.min(maxEventBytes, MAX_BYTES) }));
}

/** Ids as long as the contract lets them be: 512 bytes of two-byte letters, and the form that stands for longer ones. */
function longIds({ maxEvents }: SinkLimits): Batch {
  const ids = ['é'.repeat(256), `sha256:${'0123456789abcdef'.repeat(4)}`];
  return batchOf(envelopes(Math.min(ids.length, maxEvents), { id: (index) => ids[index] ?? '' }));
}

/** What breaks encoders: surrogate pairs and a lone one, JavaScript's line ends, bidirectional marks, control characters. */
function unicode(): Batch {
  const message =
    '😀 👩‍👩‍👧 \u2028\u2029 مرحبا עולם \u202e \ud800 "quoted" back\\slash \u0000 \u001b[31m </script> é e\u0301';
  return batchOf(envelopes(1, { id: () => 'audit_log-😀-é-עולם', message }));
}
