import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { askOwner, claim, type Ownership } from './ownership.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

async function owned(): Promise<{ folder: string; owner: Ownership }> {
  const folder = mkdtempSync(join(tmpdir(), 'ask-'));
  const owner = await claim(folder);
  ends.push(
    () => rmSync(folder, { recursive: true, force: true }),
    () => owner.release(),
  );
  return { folder, owner };
}

test('the owner answers what it is asked, each question on its own', async () => {
  const { folder, owner } = await owned();
  owner.answerWith(async (question) => ({ heard: question }));
  const answers = await Promise.all(['one', { two: '\n2' }].map((question) => askOwner(folder, question)));
  expect(answers).toEqual([{ heard: 'one' }, { heard: { two: '\n2' } }]);
});

test('an owner that answers nothing, and no owner, are silence', async () => {
  const { folder, owner } = await owned();
  expect(await askOwner(folder, 'anybody?')).toBeUndefined();
  await owner.release();
  expect(await askOwner(folder, 'anybody?')).toBeUndefined();
});

test('what is no question ends the connection and nothing else', async () => {
  const { folder, owner } = await owned();
  owner.answerWith(async () => 'still here');
  for (const nonsense of ['{"half":', 'x'.repeat(100_000), 'no json\n']) {
    await new Promise<void>((resolve) => {
      const socket = connect(join(folder, 'owner.sock'), () => socket.end(nonsense));
      socket
        .once('close', () => resolve())
        .on('error', () => undefined)
        .resume();
    });
  }
  expect(await askOwner(folder, 'hello')).toBe('still here');
});

test('who only looks whether somebody lives there is let go', async () => {
  const { folder, owner } = await owned();
  owner.answerWith(async () => 'still here');
  await expect(claim(folder)).rejects.toMatchObject({ code: 'JOURNAL_HELD' });
  expect(await askOwner(folder, 'hello')).toBe('still here');
});

test.each([
  { name: 'says nothing', says: '' },
  { name: 'waits for its answer', says: '"hello"\n' },
])("who $name does not hold up the owner's end", async ({ says }) => {
  const { folder, owner } = await owned();
  const asked = new Promise<void>((resolve) => {
    owner.answerWith(() => {
      resolve();
      return new Promise(() => undefined);
    });
  });
  const socket = connect(join(folder, 'owner.sock'));
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
  if (says !== '') {
    socket.write(says);
    await asked;
  }
  await owner.release();
  socket.resume();
  await closed;
});

test('an answer that cannot be made ends the connection and not the process', async () => {
  const { folder, owner } = await owned();
  owner.answerWith(() => Promise.reject(new Error('the store is closed')));
  expect(await askOwner(folder, 'hello')).toBeUndefined();
});
