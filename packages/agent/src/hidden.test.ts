import type { Batch, SendCall, SendResult, SinkContext, SinkPlugin } from '@audit-relay/sink';
import { expect, test } from 'vitest';
import { Hidden, hidingSinks } from './hidden.ts';

const SECRET = 'sk-canary';
const hidden = new Hidden();
hidden.add([SECRET, 'sk-canary-and-more', 'abc', '']);

test.each([
  ['one', `with ${SECRET}`, 'with [hidden]'],
  ['each', `${SECRET}${SECRET}`, '[hidden][hidden]'],
  ['one that holds another, whole', 'sk-canary-and-more', '[hidden]'],
  ['no word that is too short for a secret', 'abc', 'abc'],
])('%s', (_, text, shown) => {
  expect(hidden.clean(text)).toBe(shown);
});

/** A sink that says what it is told to, by a plugin whose parts stand behind it. */
async function opened(answer: () => Promise<SendResult>, context: Partial<SinkContext> = {}) {
  class Plugin {
    readonly type = 'talkative';
    limits() {
      return { maxEvents: 7 };
    }
    open() {
      return { send: answer, check: async () => [], close: () => Promise.reject(new Error(SECRET)) };
    }
  }
  // A plugin in plain JavaScript: only what is used here is there.
  const plugin = new Plugin() as unknown as SinkPlugin<unknown>;
  const { one } = hidingSinks({ one: { plugin, config: {}, lane: {} as never } }, hidden);
  const sink = await one?.plugin.open({}, { count: () => undefined, ...context } as SinkContext);
  const send = () => sink?.send({} as Batch, {} as SendCall);
  return { send, sink, plugin: one?.plugin };
}

class Answer {
  get kind() {
    return 'rejected';
  }
  get reason() {
    return `never with ${SECRET}`;
  }
}

const answers: readonly [name: string, answer: unknown, seen: object][] = [
  ['a yes', { kind: 'acked', busy: true }, { kind: 'acked', busy: true }],
  ['a reason', { kind: 'blocked', reason: SECRET }, { kind: 'blocked', reason: '[hidden]' }],
  [
    'what stands beside it',
    { kind: 'retryable', why: 'refused', reason: 'x', retryAfterMs: 5 },
    { why: 'refused', retryAfterMs: 5 },
  ],
  ['a rule', { kind: 'excluded', rule: SECRET, reason: 'x' }, { kind: 'excluded', rule: '[hidden]' }],
  [
    'each reason of a partial answer',
    { kind: 'partial', acked: 1, failures: [{ index: 1, failure: { kind: 'rejected', reason: SECRET } }] },
    { kind: 'partial', acked: 1, failures: [{ index: 1, failure: { kind: 'rejected', reason: '[hidden]' } }] },
  ],
  ['an answer that is no plain object', new Answer(), { kind: 'rejected', reason: 'never with [hidden]' }],
  ['nonsense among failures', { kind: 'partial', acked: 0, failures: [null, 7] }, { kind: 'partial', acked: 0 }],
];
test.each(answers)('%s is what the lane sees', async (_, answer, seen) => {
  // A sink in plain JavaScript may answer anything.
  const { send } = await opened(async () => answer as SendResult);
  const result = await send();
  for (const [key, value] of Object.entries(seen)) expect(structured(Object(result)[key])).toEqual(value);
});

/** As the lane reads it: by its keys, wherever they stand. */
function structured(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  return value.map(({ index, failure: { kind, reason } }) => ({ index, failure: { kind, reason } }));
}

test.each([undefined, null, 7, 'acked'])('the answer %j is left to the lane to judge', async (answer) => {
  const { send } = await opened(async () => answer as unknown as SendResult);
  expect(await send()).toBe(answer);
});

test('errors say no secret, and others are the very ones that were thrown', async () => {
  const plain = new Error('plain');
  const { sink } = await opened(() => Promise.reject(plain));
  await expect(sink?.send({} as Batch, {} as SendCall)).rejects.toBe(plain);
  await expect(sink?.close()).rejects.toThrow('[hidden]');
});

test('nor do counters, and the rest of a plugin is its own', async () => {
  const counted: string[] = [];
  const { plugin } = await opened(async () => ({ kind: 'acked' }));
  const counting = {
    ...plugin,
    open: async (_: unknown, { count }: SinkContext) => {
      count(`with_${SECRET}`, 1);
      return {};
    },
  };
  const { two } = hidingSinks({ two: { plugin: counting as never, config: {}, lane: {} as never } }, hidden);
  await two?.plugin.open({}, { count: (code: string) => counted.push(code) } as unknown as SinkContext);
  expect(counted).toEqual(['with_[hidden]']);
  expect(plugin?.limits({})).toEqual({ maxEvents: 7 });
  expect(plugin?.document).toBeUndefined();
});
