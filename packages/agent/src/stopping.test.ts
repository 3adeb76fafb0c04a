import { RelayError } from '@audit-relay/core';
import { expect, test } from 'vitest';
import { keptRunning, type Stoppable } from './stopping.ts';

const never = new AbortController().signal;

function agent(lost: AbortSignal): Stoppable {
  const refused = Object.assign(new Error('read-only'), { code: 'EROFS' });
  return { relay: { lost }, stop: () => Promise.reject(refused) };
}

test('an agent that lost its disk is started again, though its stop fails on that disk too', async () => {
  const gone = AbortSignal.abort(new RelayError('JOURNAL_DISK', 'it is to be opened anew'));
  const stopping = new AbortController();
  const agents = [agent(gone), agent(stopping.signal)];
  let started = 0;
  const start = async (): Promise<Stoppable> => {
    started += 1;
    const next = agents.shift();
    if (next === undefined) throw new Error('one too many');
    if (agents.length === 0) stopping.abort(new RelayError('JOURNAL_LOST', 'enough'));
    return next;
  };
  await expect(keptRunning(start, never, () => undefined)).rejects.toMatchObject({ code: 'JOURNAL_LOST' });
  expect(started).toBe(2);
});
