import type { Envelope } from '@audit-relay/sink';
import { expect, test } from 'vitest';
import { LiveEntry } from '../event.ts';
import { entryOf } from './__fixtures__/synthetic-events.ts';
import type { DocumentShape } from './document.ts';
import { createRenderer } from './renderer.ts';
import { type EntryRenderer, SharedRenderings } from './shared-renderings.ts';

const ecs: DocumentShape = { format: 'ecs', dataset: 'openai.org_audit', namespace: 'default' };
const ocsf: DocumentShape = { ...ecs, format: 'ocsf' };

/** What lanes of these shapes get of one entry, twice round, and how often it was rendered. */
function rendered(shapes: readonly DocumentShape[]): {
  readonly envelopes: readonly Envelope[];
  readonly times: number;
} {
  let times = 0;
  const render = createRenderer({ name: 'relay-0', version: '0.1.0' });
  const shared = new SharedRenderings((entry, shape) => {
    times += 1;
    return render(entry, shape);
  });
  const lanes = shapes.map((shape): EntryRenderer => shared.forLane(shape));
  const entry = new LiveEntry(entryOf({ type: 'login.succeeded' }));
  return { envelopes: lanes.map((lane) => lane(entry)), times };
}

test.each([
  ['lanes of one shape share one envelope', [ecs, { ...ecs }, ecs], 1],
  ['OCSF knows no dataset', [ocsf, { ...ocsf, dataset: 'other' }], 1],
  ['another format is another text', [ecs, ocsf, ecs], 2],
  ['another namespace is another text', [ecs, { ...ecs, namespace: 'b' }], 2],
  ['another dataset is another text', [ecs, { ...ecs, dataset: 'c' }], 2],
])('%s', (_, shapes, expected) => {
  const { envelopes, times } = rendered(shapes);
  expect([times, new Set(envelopes).size]).toEqual([expected, expected]);
});

test('lanes share bytes where all of them take bytes', () => {
  const bytes: DocumentShape = { ...ecs, taken: 'bytes' };
  const areBytes = (...shapes: readonly DocumentShape[]): readonly boolean[] =>
    rendered(shapes).envelopes.map(({ copyTo }) => copyTo !== undefined);
  expect([areBytes(bytes, bytes), areBytes(bytes, ecs), areBytes(ecs, bytes)]).toEqual([
    [true, true],
    [false, false],
    [false, false],
  ]);
});

test('an envelope is let go with the last lane that was to ask for it', () => {
  const shared = new SharedRenderings(createRenderer({ name: 'relay-0', version: '0.1.0' }));
  const [first, second] = [shared.forLane(ecs), shared.forLane(ecs)];
  const entry = new LiveEntry(entryOf({ type: 'login.succeeded' }));
  const envelope = first(entry);
  expect(second(entry)).toBe(envelope);
  expect(first(entry)).not.toBe(envelope);
  expect(first(entry)).toEqual(envelope);
});

test('one lane alone leaves nothing', () => {
  const shared = new SharedRenderings(createRenderer({ name: 'relay-0', version: '0.1.0' }));
  const lane = shared.forLane(ecs);
  const entry = new LiveEntry(entryOf({ type: 'login.succeeded' }));
  expect(lane(entry)).not.toBe(lane(entry));
  expect(shared.keptBytes).toBe(0);
});

/** Two lanes of one shape that may keep `documents` documents, and entries that are all as large. */
function twoLanes(documents: number): {
  readonly shared: SharedRenderings;
  readonly fast: EntryRenderer;
  readonly slow: EntryRenderer;
  readonly entries: readonly LiveEntry[];
  readonly one: number;
} {
  const render = createRenderer({ name: 'relay-0', version: '0.1.0' });
  const entries = Array.from({ length: 20 }, () => new LiveEntry(entryOf({ type: 'login.succeeded' })));
  const one = render(entryOf({ type: 'login.succeeded' }), ecs).bytes;
  const shared = new SharedRenderings(render, documents * one);
  return { shared, fast: shared.forLane(ecs), slow: shared.forLane(ecs), entries, one };
}

test('nothing is kept for a lane that asks for nothing, until it asks again', () => {
  const { shared, fast, slow, entries, one } = twoLanes(3);
  const kept = entries.slice(0, 5).map((entry) => [fast(entry), shared.keptBytes / one]);
  expect(kept.map(([, documents]) => documents)).toEqual([1, 2, 3, 0, 0]);
  expect(slow(entries[4] as LiveEntry)).not.toBe(kept[4]?.[0]);
  const again = fast(entries[5] as LiveEntry);
  expect(slow(entries[5] as LiveEntry)).toBe(again);
});

test('what a lane passes by makes room for what is newer', () => {
  const { shared, fast, slow, entries, one } = twoLanes(4);
  // It wants every third, as one with a filter.
  const same = entries.map((entry, index) => {
    const made = fast(entry);
    expect(shared.keptBytes).toBeLessThanOrEqual(4 * one);
    return index % 3 !== 0 || slow(entry) === made;
  });
  expect(same).not.toContain(false);
  expect(shared.keptBytes).toBe(4 * one);
});

test('each way of rendering has its part of what may be kept', () => {
  const { shared, fast, entries, one } = twoLanes(4);
  shared.forLane(ocsf);
  const kept = entries.slice(0, 3).map((entry) => [fast(entry), shared.keptBytes / one]);
  expect(kept.map(([, documents]) => documents)).toEqual([1, 2, 0]);
});

test('a lane that is gone is one that nothing is kept for, whichever it was', () => {
  const render = createRenderer({ name: 'relay-0', version: '0.1.0' });
  const shared = new SharedRenderings(render);
  const entries = Array.from({ length: 5 }, () => new LiveEntry(entryOf({ type: 'login.succeeded' })));
  // As when a sink is opened anew: the lane before it is gone, and the normalizer stays.
  for (let times = 0; times < 3; times += 1) {
    const gone = new AbortController();
    const [before, after] = [shared.forLane(ecs, gone.signal), shared.forLane(ecs, gone.signal)];
    for (const entry of entries) before(entry);
    expect(shared.keptBytes).toBeGreaterThan(0);
    gone.abort();
    expect(shared.keptBytes).toBe(0);
    void after;
  }
  const alone = shared.forLane(ecs);
  for (const entry of entries) alone(entry);
  expect(shared.keptBytes).toBe(0);
});

test('lanes take bytes again when the one that took text is gone', () => {
  const shared = new SharedRenderings(createRenderer({ name: 'relay-0', version: '0.1.0' }));
  const gone = new AbortController();
  const bytes = shared.forLane({ ...ecs, taken: 'bytes' });
  const text = shared.forLane({ ...ecs, taken: 'text' }, gone.signal);
  const entry = new LiveEntry(entryOf({ type: 'login.succeeded' }));
  expect([bytes(entry).copyTo, text(entry).copyTo]).toEqual([undefined, undefined]);
  gone.abort();
  expect(bytes(entry).copyTo).not.toBe(undefined);
});
