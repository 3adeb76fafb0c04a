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

test('an envelope is let go with the last lane that was to ask for it', () => {
  const shared = new SharedRenderings(createRenderer({ name: 'relay-0', version: '0.1.0' }));
  const [first, second] = [shared.forLane(ecs), shared.forLane(ecs)];
  const entry = new LiveEntry(entryOf({ type: 'login.succeeded' }));
  const envelope = first(entry);
  expect(second(entry)).toBe(envelope);
  expect(first(entry)).not.toBe(envelope);
  expect(first(entry)).toEqual(envelope);
});

test('one lane alone leaves nothing in the entry', () => {
  const lane = new SharedRenderings(createRenderer({ name: 'relay-0', version: '0.1.0' })).forLane(ecs);
  const entry = new LiveEntry(entryOf({ type: 'login.succeeded' }));
  expect(lane(entry)).not.toBe(lane(entry));
});
