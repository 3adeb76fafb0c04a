import { describe, expect, test } from 'vitest';
import { answerRequest, controlOf } from './control.ts';
import { RelayError } from './errors.ts';
import type { BackfillProgress, BackfillRequest, SinkOptions } from './options.ts';
import type { Source } from './source/source.ts';
import type { RelayStatus } from './status.ts';

const REQUEST: BackfillRequest = { source: 'acme', from: 1, to: 2, again: true };
const PROGRESS: BackfillProgress = {
  wholeSeconds: 1,
  leftSeconds: 1,
  paused: {},
  windows: 0,
  events: 0,
  requests: 0,
  atOnce: 1,
};

/** `undefined`: nothing is said of overwriting; `no`: there is no reason against it. */
function sinkOf(refusal: string | undefined): Pick<SinkOptions, 'plugin' | 'config'> {
  const known = refusal === undefined ? {} : { overwriteRefusal: () => (refusal === 'no' ? undefined : refusal) };
  // Nothing else of a plugin is asked here.
  return { plugin: { type: 'x', ...known } as unknown as SinkOptions['plugin'], config: {} };
}

/** The answer of a relay with one source, whose backfill ends so, and what that source was told. */
async function answered(
  question: Parameters<typeof answerRequest>[0],
  backfill: () => Promise<void> = async () => undefined,
): Promise<{ readonly answer: unknown; readonly told: readonly unknown[] }> {
  const told: unknown[] = [];
  const source: Pick<Source, 'backfill' | 'progressIn'> = {
    backfill: (span, again) => {
      told.push({ span, again });
      return backfill();
    },
    progressIn: () => PROGRESS,
  };
  // Requests are all that a source is given here.
  const deadLetters = {
    retry: async (keys: unknown) => told.push({ retry: keys }) + 1,
    drop: async (keys: unknown) => told.push({ drop: keys }),
  };
  const replays = {
    begin: async (lane: string, request: object) => told.push({ lane, ...request }) + 6,
    end: async (lane: string) => told.push({ end: lane }) > 0,
  };
  const control = controlOf({
    sources: new Map([['acme', source as Source]]),
    sinks: () => ({ siem: sinkOf(undefined), file: sinkOf('it is a file'), index: sinkOf('no') }),
    deadLetters,
    replays,
    deliveries: { take: (...asked) => ({ events: [], after: Number(asked[1]), missed: 0 }) },
  });
  // It is passed on as it is.
  const status = (): RelayStatus => ({ name: 'audit-relay' }) as RelayStatus;
  return { answer: await answerRequest(question, { ...control, status }), told };
}

test('a request is given to its source, and answered with how far it is', async () => {
  const { answer, told } = await answered({ request: 'backfill', ...REQUEST });
  expect(answer).toEqual({ progress: PROGRESS });
  expect(told).toEqual([{ span: expect.objectContaining({ from: 1, to: 2 }), again: true }]);
});

test('progress and status are asked without a request', async () => {
  expect(await answered({ request: 'progress', ...REQUEST })).toEqual({ answer: { progress: PROGRESS }, told: [] });
  expect(await answered({ request: 'status' })).toEqual({ answer: { status: { name: 'audit-relay' } }, told: [] });
});

test('dead letters are retried and dropped, those of a sink that is gone dropped alone', async () => {
  const letters = [
    { lane: 'siem', sequence: 1 },
    { source: 'acme', hash: 'ab' },
  ];
  const gone = [{ lane: 'away', sequence: 1 }];
  expect(await answered({ request: 'retry', letters })).toEqual({ answer: { changed: 2 }, told: [{ retry: letters }] });
  expect(await answered({ request: 'drop', letters: gone })).toEqual({
    answer: { changed: 1 },
    told: [{ drop: gone }],
  });
  const { answer, told } = await answered({ request: 'retry', letters: gone });
  expect(answer).toEqual({ code: 'SINK_UNKNOWN', problem: expect.stringContaining('no sink is named away') });
  expect(told).toEqual([]);
});

const REPLAY = { request: 'replay', sink: 'siem', fromMs: 1, toMs: 2, overwrite: false };

test('a replay is given to the journal, and answered with when it was asked for; it is ended as well', async () => {
  const { request: _, sink: lane, ...rest } = REPLAY;
  expect(await answered(REPLAY)).toEqual({ answer: { replay: 7 }, told: [{ lane, ...rest }] });
  const overwriting = { ...REPLAY, sink: 'index', overwrite: true };
  expect((await answered(overwriting)).answer).toEqual({ replay: 7 });
  expect(await answered({ request: 'stop_replay', sink: 'siem' })).toEqual({
    answer: { changed: 1 },
    told: [{ end: 'siem' }],
  });
});

test.each([
  ['siem', 'sink siem cannot overwrite: a x sink replaces no event'],
  ['file', 'sink file cannot overwrite: it is a file'],
])('a replay that overwrites is refused where sink %s cannot: %s', async (sink, problem) => {
  const { answer, told } = await answered({ ...REPLAY, sink, overwrite: true });
  expect([answer, told]).toEqual([{ code: 'OVERWRITE_UNSUPPORTED', problem }, []]);
});

describe('it answers with a code', () => {
  const cases: readonly (readonly [name: string, question: object, code: string])[] = [
    ['a source that is not there', { request: 'backfill', ...REQUEST, source: 'other' }, 'SOURCE_UNKNOWN'],
    ['a request that is not known', { request: 'forget', ...REQUEST }, 'REQUEST_UNKNOWN'],
    ['more than is known', { request: 'backfill', ...REQUEST, slowly: true }, 'REQUEST_UNKNOWN'],
    ['half a letter', { request: 'drop', letters: [{ lane: 'siem' }] }, 'REQUEST_UNKNOWN'],
    ['half a request', { request: 'backfill', source: 'acme' }, 'REQUEST_UNKNOWN'],
    ['a replay to a sink that is not there', { ...REPLAY, sink: 'away' }, 'SINK_UNKNOWN'],
    ['a replay to a sink by a name that every object has', { ...REPLAY, sink: 'toString' }, 'SINK_UNKNOWN'],
    ['half a replay', { request: 'replay', sink: 'siem' }, 'REQUEST_UNKNOWN'],
    ['a time that is none', { request: 'backfill', ...REQUEST, from: 0.5 }, 'REQUEST_UNKNOWN'],
  ];
  test.each(cases)('%s', async (_, question, code) => {
    const { answer, told } = await answered({ ...question });
    expect(answer).toEqual({ code, problem: expect.any(String) });
    expect(told).toEqual([]);
  });

  test('and our own words where the journal fails, no others', async () => {
    const question = { request: 'backfill', ...REQUEST };
    const ours = await answered(question, () => Promise.reject(new RelayError('JOURNAL_COMMIT_FAILED', 'not now')));
    expect(ours.answer).toEqual({ code: 'JOURNAL_COMMIT_FAILED', problem: 'not now' });
    const others = await answered(question, () => Promise.reject(new Error('user@example.com')));
    expect(others.answer).toEqual({ code: 'REQUEST_FAILED', problem: expect.not.stringContaining('example') });
  });
});
