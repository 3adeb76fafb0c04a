/** An assignment by a clock of the test's own: how long it lasts, what ends it, and in whose name it commits. */
import { RelayError, type Runtime } from '@audit-relay/core/journal';
import { ClientError } from '@audit-relay/sink-kafka/connection';
import { describe, expect, test } from 'vitest';
import { HeldAssignment } from './held-assignment.ts';

const SESSION_MS = 10_000;
const HEARTBEAT_MS = 3_000;
const REASSIGNED = expect.objectContaining({ code: 'JOURNAL_REASSIGNED' });
const OFFSET = { partition: 1, offset: 7n, metadata: '' };
const code = (number: number): ClientError => new ClientError({ kind: 'code', code: number });

/** Time that passes when the test says so, to the timers that are due, one after another. */
class ManualTime implements Pick<Runtime, 'elapsedMs' | 'sleep'> {
  #now = 0;
  #timers: { readonly at: number; readonly fire: () => void }[] = [];

  elapsedMs(): number {
    return this.#now;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const onAbort = (): void => reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      const fire = (): void => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      this.#timers.push({ at: this.#now + ms, fire });
    });
  }

  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      const [due] = this.#timers.toSorted((a, b) => a.at - b.at);
      if (due === undefined || due.at > end) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.#now = Math.max(this.#now, due.at);
      due.fire();
      await settled();
    }
    this.#now = end;
    await settled();
  }

  /** The process stands still meanwhile: what is due is so at once, afterwards. */
  async stop(ms: number): Promise<void> {
    this.#now += ms;
    await this.pass(0);
  }
}

/** Every promise that can has been settled. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function world(answers: { heartbeat?: () => Promise<void>; commit?: () => Promise<void> } = {}) {
  const time = new ManualTime();
  const asked: string[] = [];
  const coordinator = {
    heartbeat: async ({ generation }: { generation: number }) => {
      asked.push(`heartbeat ${generation}`);
      await answers.heartbeat?.();
    },
    commit: async ({ generation }: { generation: number }) => {
      asked.push(`commit ${generation}`);
      await answers.commit?.();
    },
  };
  const runtime: Runtime = {
    now: () => 0,
    elapsedMs: () => time.elapsedMs(),
    sleep: (ms, signal) => time.sleep(ms, signal),
    random: () => 0,
    log: () => undefined,
  };
  const held = new HeldAssignment({
    groupId: 'lane',
    generation: 3,
    memberId: 'a',
    partitions: [1, 2],
    coordinator,
    sessionMs: SESSION_MS,
    rebalanceMs: 20_000,
    heartbeatMs: HEARTBEAT_MS,
    runtime,
    heardMs: 0,
  });
  return { held, time, asked };
}

describe('an assignment', () => {
  test('lasts for as long as the group answers, whatever its owner does meanwhile', async () => {
    const { held, time, asked } = world();
    await time.pass(10 * SESSION_MS);
    expect([held.revoked.aborted, asked.length]).toEqual([false, Math.floor((10 * SESSION_MS) / HEARTBEAT_MS)]);
    await held.commit([OFFSET]);
    expect(asked.at(-1)).toBe('commit 3');
  });

  test.each([22, 25])(
    'is over when a heartbeat is answered with code %i, and nothing is asked in its name any more',
    async (answer) => {
      const { held, time, asked } = world({ heartbeat: () => Promise.reject(code(answer)) });
      await time.pass(HEARTBEAT_MS);
      expect(held.revoked.reason).toEqual(REASSIGNED);
      await expect(held.commit([OFFSET])).rejects.toEqual(REASSIGNED);
      await expect(held.confirm()).rejects.toEqual(REASSIGNED);
      await time.pass(SESSION_MS);
      expect(asked).toEqual(['heartbeat 3']);
    },
  );

  test.each([22, 25])('is over when a commit is answered with code %i, which is not tried again', async (answer) => {
    const { held, asked } = world({ commit: () => Promise.reject(code(answer)) });
    await expect(held.commit([OFFSET])).rejects.toEqual(REASSIGNED);
    expect([held.revoked.aborted, asked]).toEqual([true, ['commit 3']]);
  });

  test('that the group wants back is revoked, kept alive, and still committed until it is given up', async () => {
    const { held, time, asked } = world({ heartbeat: () => Promise.reject(code(27)) });
    await time.pass(HEARTBEAT_MS);
    expect(held.revoked.reason).toEqual(REASSIGNED);
    await time.pass(2 * SESSION_MS);
    await held.commit([OFFSET]);
    await held.confirm();
    expect(asked.filter((one) => one.startsWith('commit'))).toHaveLength(1);
    held.end('given up');
    await expect(held.commit([OFFSET])).rejects.toEqual(REASSIGNED);
  });

  test('outlives a coordinator that does not answer, and not for longer than its session', async () => {
    const { held, time } = world({ heartbeat: () => Promise.reject(new ClientError({ kind: 'overdue', sent: true })) });
    await time.pass(SESSION_MS - HEARTBEAT_MS);
    expect(held.revoked.aborted).toBe(false);
    await time.pass(2 * HEARTBEAT_MS);
    expect(held.revoked.reason).toEqual(REASSIGNED);
  });

  test('that can commit is heard of, though no heartbeat is answered', async () => {
    const { held, time } = world({ heartbeat: () => Promise.reject(new ClientError({ kind: 'overdue', sent: true })) });
    await time.pass(SESSION_MS - 1);
    await held.commit([OFFSET]);
    await time.pass(SESSION_MS - HEARTBEAT_MS);
    expect(held.revoked.aborted).toBe(false);
    await time.pass(2 * HEARTBEAT_MS);
    expect(held.revoked.aborted).toBe(true);
  });

  test('does not outlast its session behind a heartbeat that never comes back', async () => {
    const { held, time } = world({ heartbeat: () => new Promise(() => undefined) });
    await time.pass(SESSION_MS);
    expect(held.revoked.aborted).toBe(true);
  });

  test('of a process that stood still longer than its session is told so by its first heartbeat', async () => {
    let isStopped = false;
    const { held, time } = world({ heartbeat: () => (isStopped ? Promise.reject(code(25)) : Promise.resolve()) });
    await time.pass(HEARTBEAT_MS);
    isStopped = true;
    await time.stop(3 * SESSION_MS);
    expect(held.revoked.reason).toEqual(REASSIGNED);
  });

  test('commits no partition that is not in it: the broker does not look', async () => {
    const { held, asked } = world();
    await expect(held.commit([OFFSET, { ...OFFSET, partition: 0 }])).rejects.toEqual(REASSIGNED);
    expect([asked, held.revoked.aborted]).toEqual([[], false]);
  });

  test('stands when a commit fails for another reason, which is told as it is', async () => {
    const failure = code(15);
    const { held } = world({ commit: () => Promise.reject(failure) });
    await expect(held.commit([OFFSET])).rejects.toBe(failure);
    expect(held.revoked.aborted).toBe(false);
  });

  test('ends once: the first reason stays', () => {
    const { held } = world();
    held.end('one');
    held.end('two');
    expect(held.revoked.reason).toBeInstanceOf(RelayError);
    expect(String(held.revoked.reason)).toContain('one');
  });
});
