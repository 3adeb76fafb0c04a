import { describe, expect, test } from 'vitest';
import { type JournalReader, relayOf } from './relay-access.ts';
import { RELAY_STATUS } from './status/relay-status.test.fixture.ts';

const REQUEST = { source: 'acme', from: 1, to: 2, again: false };
const PROGRESS = { wholeSeconds: 1, leftSeconds: 1, paused: {}, windows: 0, events: 0, requests: 0, atOnce: 1 };

type Answer = Awaited<ReturnType<JournalReader['ask']>>;

/** An agent that gives this answer to everything, and what it was asked. */
function agent(
  answer: unknown,
  isHeld = true,
): { readonly asked: unknown[]; readonly access: ReturnType<typeof relayOf> } {
  const asked: unknown[] = [];
  const ask = async (question: unknown): Promise<Answer> => {
    asked.push(question);
    // What an agent sends is JSON, whatever it means.
    return answer as Answer;
  };
  return { asked, access: relayOf({ ask, isHeld: async () => isHeld }) };
}

test('a request, its progress and the status are asked as the core understands them', async () => {
  const { asked, access } = agent({ progress: PROGRESS });
  expect(await access.begin(REQUEST)).toEqual(PROGRESS);
  expect(await access.progress(REQUEST)).toEqual(PROGRESS);
  expect(asked).toEqual([
    { request: 'backfill', ...REQUEST },
    { request: 'progress', ...REQUEST },
  ]);
  expect(await agent({ status: RELAY_STATUS }).access.status()).toEqual(RELAY_STATUS);
});

describe('in words', () => {
  const cases: readonly (readonly [name: string, answer: unknown, isHeld: boolean, code: string])[] = [
    ['the agent refuses', { code: 'SOURCE_UNKNOWN', problem: 'no source is named acme' }, true, 'SOURCE_UNKNOWN'],
    ['it does not answer', undefined, true, 'AGENT_SILENT'],
    ['it answers something else', { progress: { percent: 3 } }, true, 'AGENT_SILENT'],
    ['it answers another question', { status: RELAY_STATUS }, true, 'AGENT_SILENT'],
    ['it is gone', undefined, false, 'AGENT_GONE'],
  ];
  test.each(cases)('%s', async (_, answer, ...[isHeld, code]) => {
    await expect(agent(answer, isHeld).access.begin(REQUEST)).rejects.toMatchObject({ code, name: 'RelayError' });
  });
});
