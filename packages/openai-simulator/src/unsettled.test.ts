/** Events that are told otherwise at first: by a knob, or one by one. */
import { expect, test } from 'vitest';
import { type DirectSimulator, directSimulator, type Knobs } from './index.ts';
import { at } from './json.ts';

const startMs = 1_790_000_000_000;
const startS = startMs / 1000;

function open(knobs: Partial<Knobs> = {}): { readonly clock: { ms: number }; readonly simulator: DirectSimulator } {
  const clock = { ms: startMs };
  return { clock, simulator: directSimulator({ now: () => clock.ms, knobs }) };
}

/** Ids with their times in this order, as told for these seconds of time. */
function told(simulator: DirectSimulator, [fromS, toS]: readonly [number, number], more = ''): readonly unknown[] {
  const query = `limit=10&effective_at[gte]=${fromS}&effective_at[lt]=${toS}${more}`;
  const { response } = simulator.ask(`organization/audit_logs?${query}`);
  const data = at(JSON.parse(Buffer.from(response?.body ?? []).toString()), 'data');
  return Array.isArray(data) ? data.map((record: unknown) => [at(record, 'id'), at(record, 'effective_at')]) : [];
}

const record = { id: 'a', type: 'user.added', effective_at: startS };

test.each([
  { unsettled_time: 'null', time: null },
  { unsettled_time: 'early', time: startS - 3_600 },
] as const)('the time of a new event is $unsettled_time for a while', ({ unsettled_time, time }) => {
  const { clock, simulator } = open({ unsettled_s: 60, unsettled_time });
  simulator.add([{ record }]);
  expect(told(simulator, [startS, startS + 1])).toEqual([['a', time]]);
  clock.ms += 60_000;
  expect(told(simulator, [startS, startS + 1])).toEqual([['a', startS]]);
});

test('an event stands in one place at first, and then in its own', () => {
  const { clock, simulator } = open();
  const first = { record: { ...record, effective_at: startS - 7_200 }, for_s: 300 };
  simulator.add([{ record, first }, { record: { ...record, id: 'b', effective_at: startS - 7_201 } }]);
  const [early, late] = [startS - 8_000, startS - 7_000];
  expect(told(simulator, [early, late])).toEqual([
    ['a', startS - 7_200],
    ['b', startS - 7_201],
  ]);
  expect(told(simulator, [startS, startS + 1])).toEqual([]);
  expect(told(simulator, [early, late], '&after=a')).toEqual([['b', startS - 7_201]]);
  clock.ms += 300_000;
  expect(told(simulator, [early, late])).toEqual([['b', startS - 7_201]]);
  expect(told(simulator, [startS, startS + 1])).toEqual([['a', startS]]);
  // As a cursor it is where it stands by now.
  expect(told(simulator, [early, startS + 1], '&after=a')).toEqual([['b', startS - 7_201]]);
});

test('the truth has one row for it', () => {
  const { simulator } = open();
  simulator.add([{ record, first: { record: { ...record, effective_at: null }, for_s: 300 } }]);
  expect([...simulator.truth()]).toEqual([
    { id: 'a', feed: 'organization', effectiveAt: startS, visibleAtMs: startMs + 300_000, firstAt: startS },
  ]);
});

test('every record is as large as it is to be', () => {
  const { simulator } = open({ record_bytes: 1_000 });
  simulator.add([{ record }, { record: { ...record, id: 'b' } }]);
  const ask = (limit: number): number =>
    simulator.ask(`organization/audit_logs?limit=${limit}`).response?.body.length ?? 0;
  expect(ask(1)).toBeGreaterThan(1_000);
  expect(ask(2) - ask(1)).toBeGreaterThan(1_000);
});
