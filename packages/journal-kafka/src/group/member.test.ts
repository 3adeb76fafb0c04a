/** A member that the group does not take: it asks on, says so once, and says when that is over. */
import type { Runtime } from '@audit-relay/core/journal';
import { ClientError, type Trouble } from '@audit-relay/sink-kafka/connection';
import { describe, expect, test } from 'vitest';
import { GroupMember } from './member.ts';

const NEVER = new AbortController().signal;

interface Joining {
  readonly groupProtocols: readonly { readonly metadata: Buffer }[];
}

interface Asked {
  readonly groupAssignment: readonly { readonly memberAssignment: Buffer }[];
}

/** A group of this member alone. @param troubles of the first times that it asks to join; then it is taken */
function world(troubles: readonly Trouble[], onWait: (waits: number) => void = () => undefined) {
  const said: string[] = [];
  const shown: (string | undefined)[] = [];
  const waiting = [...troubles];
  const broker = {
    joinGroup: async ({ groupProtocols }: Joining) => {
      const trouble = waiting.shift();
      if (trouble !== undefined) throw new ClientError(trouble);
      const members = [{ memberId: 'm', memberMetadata: groupProtocols[0]?.metadata }];
      return { generationId: 4, memberId: 'm', leaderId: 'm', members };
    },
    syncGroup: async ({ groupAssignment }: Asked) => groupAssignment[0],
  };
  const cluster = {
    targetTopics: new Set<string>(),
    isConnected: () => true,
    refreshMetadata: async () => undefined,
    findGroupCoordinator: async () => broker,
  };
  const runtime: Runtime = {
    now: () => 5,
    elapsedMs: () => 0,
    random: () => 0,
    // What it waits for between two tries; a heartbeat never comes.
    sleep: async (ms) => {
      // So that nothing runs for ever.
      if (shown.length > 50) throw new Error('too many tries');
      shown.push(member.unwritable?.problem);
      onWait(shown.length);
      await new Promise((resolve) => setImmediate(resolve));
      if (ms > 50_000) await new Promise(() => undefined);
    },
    log: (level, code, message) => void said.push(`${level} ${code} ${message}`),
  };
  const member = new GroupMember({
    // What a coordinator asks of a connection.
    connection: { ask: (question) => question(cluster as never) },
    groupId: 'g',
    topic: 't',
    sessionMs: 100_000,
    rebalanceMs: 1_000,
    heartbeatMs: 60_000,
    partitions: 2,
    runtime,
  });
  return { member, said, shown };
}

const code = (number: number): Trouble => ({ kind: 'code', code: number });

describe('a group that cannot be joined is said once it lasts, and that it is over', () => {
  test.each<{ name: string; trouble: Trouble; words: string }>([
    { name: 'a coordinator that loads', trouble: code(14), words: 'code 14' },
    { name: 'no coordinator', trouble: code(15), words: 'code 15' },
    { name: 'another coordinator', trouble: code(16), words: 'code 16' },
    {
      name: 'credentials',
      trouble: { kind: 'credentials', detail: 'refused' },
      words: 'the credentials under sasl: refused',
    },
    { name: 'no right to the topic', trouble: code(29), words: 'grant Read, Write and Describe' },
    { name: 'no right to the group', trouble: code(30), words: 'grant Read on the journal’s groups' },
    { name: 'a session that is too long', trouble: code(26), words: 'session_timeout' },
    { name: 'no leader', trouble: { kind: 'leaderless' }, words: 'no broker leads' },
  ])('$name', async ({ trouble, words }) => {
    const { member, said, shown } = world([trouble, trouble, trouble]);
    const assignment = await member.next(NEVER);
    expect(assignment.partitions).toEqual([0, 1]);
    expect(said.map((line) => line.split(' ', 2).join(' '))).toEqual([
      'error JOURNAL_PEER',
      'info GROUP_JOINED',
      'info JOURNAL_PEER_BACK',
    ]);
    expect(said[0]).toContain(words);
    expect(shown.slice(0, 3)).toEqual([undefined, expect.stringContaining(words), expect.stringContaining(words)]);
    expect(member.unwritable).toBeUndefined();
    await member.close();
  });
});

test('a group that asks its members to come again is none that cannot be joined', async () => {
  const { member, said } = world([code(27), code(25), code(22), code(27)]);
  await member.next(NEVER);
  expect(said).toEqual([expect.stringContaining('GROUP_JOINED')]);
  await member.close();
});

test('who waits for nothing any more has nothing that keeps him from it', async () => {
  const ended = new AbortController();
  const troubles = Array.from({ length: 9 }, () => code(15));
  const { member, shown } = world(troubles, (waits) => {
    if (waits === 3) ended.abort(new Error('ended'));
  });
  await expect(member.next(ended.signal)).rejects.toThrow('ended');
  expect([shown.at(-1), member.unwritable]).toEqual([expect.stringContaining('code 15'), undefined]);
});
