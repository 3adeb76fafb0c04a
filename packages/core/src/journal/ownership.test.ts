import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { claim, refuseHeldJournal } from './ownership.ts';

const folders: string[] = [];
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder and the path of the socket in it. */
function world(): { readonly folder: string; readonly path: string } {
  const folder = mkdtempSync(join(tmpdir(), 'own-'));
  folders.push(folder);
  return { folder, path: join(folder, 'owner.sock') };
}

test('an owner leaves nothing behind', async () => {
  const { folder } = world();
  const owner = await claim(folder);
  expect(readdirSync(folder)).toEqual(['owner.sock']);
  await owner.release();
  expect(readdirSync(folder)).toEqual([]);
});

test('an owner whose socket was replaced leaves that of the new one alone when it ends', async () => {
  const { folder, path } = world();
  const loser = await claim(folder);
  rmSync(path);
  const owner = await claim(folder);
  await loser.release();
  expect(existsSync(path)).toBe(true);
  await expect(claim(folder)).rejects.toMatchObject({ code: 'JOURNAL_HELD' });
  await owner.release();
  expect(existsSync(path)).toBe(false);
});

test('an owner whose disk refuses gives up all the same, and nobody finds it again', async () => {
  const { folder } = world();
  const owner = await claim(folder);
  const moved = `${folder}-moved`;
  folders.push(moved);
  renameSync(folder, moved);
  // The system refuses to look here: the link leads to itself.
  symlinkSync(folder, folder);
  await owner.release();
  await expect(refuseHeldJournal(moved)).resolves.toBeUndefined();
});

test('a second process is told which one was first, from its first moment on', async () => {
  const { folder } = world();
  await expect(refuseHeldJournal(folder)).resolves.toBeUndefined();
  const owner = await claim(folder);
  const held = {
    code: 'JOURNAL_HELD',
    message: expect.stringMatching(`^an agent already runs here \\(pid ${process.pid}\\): .*${folder}`),
  };
  await expect(refuseHeldJournal(folder)).rejects.toMatchObject(held);
  owner.answerWith(async () => ({ problem: 'another question' }));
  await expect(claim(folder)).rejects.toMatchObject(held);
  await owner.release();
  await expect(refuseHeldJournal(folder)).resolves.toBeUndefined();
});

test.skipIf(process.getuid?.() === 0)('a folder that is closed to this user is no sign of an agent', async () => {
  const { folder, path } = world();
  writeFileSync(path, '');
  chmodSync(folder, 0o000);
  await expect(refuseHeldJournal(folder)).rejects.toMatchObject({
    code: 'JOURNAL_FOLDER',
    message: expect.stringMatching(/\(EACCES\): this user may not use it/),
  });
  chmodSync(folder, 0o700);
});

test('an owner that does not say which process it is, is an owner all the same', async () => {
  const { folder, path } = world();
  await listening(path);
  await expect(refuseHeldJournal(folder)).rejects.toMatchObject({
    code: 'JOURNAL_HELD',
    message: expect.stringMatching(/^an agent already runs here: /),
  });
});

describe('a socket', () => {
  const cases: readonly (readonly [sentence: string, held: boolean, make: (path: string) => unknown])[] = [
    ['that is not there is nobody', false, () => undefined],
    ['that nobody listens to is nobody', false, (path) => writeFileSync(path, '')],
    ['that answers is an owner', true, listening],
    ['that cannot be asked is taken for an owner', true, (path) => symlinkSync(path, path)],
  ];
  test.each(cases)('%s', async (_sentence, ...[held, make]) => {
    const { folder, path } = world();
    await make(path);
    const claiming = claim(folder);
    if (held) await expect(claiming).rejects.toMatchObject({ code: 'JOURNAL_HELD' });
    else await (await claiming).release();
  });
});

async function listening(path: string): Promise<void> {
  const server = createServer((socket) => socket.destroy());
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(path, resolve));
}
