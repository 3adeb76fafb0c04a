/** What the file sink knows by its index of ids: what was moved away, cut, restored or written by somebody else. */
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Sink } from '@audit-relay/sink';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { batch, call, type FileWorld, fillDisk, rawText, send, whileWriting, world } from './file.test.world.ts';
import { IdIndex } from './id-index.ts';
import { LineFile } from './line-file.ts';
import { FileSink } from './sink.ts';

afterEach(() => vi.restoreAllMocks());

const ACKED = { kind: 'acked' };
const full = (): Error => Object.assign(new Error('no space'), { code: 'ENOSPC' });

const byText = (a: string | undefined = '', b: string | undefined = ''): number => a.localeCompare(b);

/** Lines are on disk, the index does not know it, and the process is gone. */
async function killedBeforeIndex(sink: Sink, ids: readonly string[]): Promise<void> {
  vi.spyOn(IdIndex.prototype, 'add').mockImplementationOnce(() => {
    throw new Error('killed');
  });
  await send(sink, batch(ids));
}

describe('each event once, whatever became of the lines', () => {
  const cases: readonly (readonly [sentence: string, change: (world: FileWorld) => void])[] = [
    ['as they are', () => undefined],
    ['moved within the folder by logrotate', ({ path }) => renameSync(path, `${path}-20260701`)],
    [
      'moved, and a new file made by logrotate',
      ({ path }) => {
        renameSync(path, `${path}.1`);
        writeFileSync(path, '');
      },
    ],
    [
      'moved to another folder',
      ({ folder, path }) => {
        mkdirSync(join(folder, 'old'));
        renameSync(path, join(folder, 'old', 'events'));
      },
    ],
    [
      'copied and truncated by logrotate',
      ({ folder, path }) => {
        copyFileSync(path, join(folder, 'copy'));
        truncateSync(path, 0);
      },
    ],
    ['without their index', ({ path }) => rmSync(`${path}.ids`, { recursive: true })],
    ['with an index whose file is damaged', ({ path }) => truncateSync(join(`${path}.ids`, 'data.mdb'), 5_000)],
    ['with an index whose file is empty', ({ path }) => truncateSync(join(`${path}.ids`, 'data.mdb'), 0)],
    [
      'copied to another disk',
      ({ path }) => {
        copyFileSync(path, `${path}.copy`);
        rmSync(path);
        renameSync(`${path}.copy`, path);
      },
    ],
  ];
  test.each(cases)('%s: nothing is written twice after a start', async (_, change) => {
    const made = world();
    const sink = await made.start();
    await send(sink, batch(['a', 'b', 'c']));
    await sink.close();
    change(made);
    const revived = await made.start();
    expect(await send(revived, batch(['b', 'd']))).toEqual(ACKED);
    expect(await send(revived, batch(['a', 'c', 'd', 'e'], { replay: true }))).toEqual(ACKED);
    expect(made.ids().toSorted(byText)).toEqual(['a', 'b', 'c', 'd', 'e']);
    await revived.close();
  });

  test.each(cases.slice(0, 5))('%s, while it runs: nothing is written twice', async (_, change) => {
    const made = world();
    const sink = await made.start();
    await send(sink, batch(['a', 'b', 'c']));
    change(made);
    expect(await send(sink, batch(['b', 'd']))).toEqual(ACKED);
    expect(await send(sink, batch(['a', 'e']))).toEqual(ACKED);
    expect(made.ids().toSorted(byText)).toEqual(['a', 'b', 'c', 'd', 'e']);
    await sink.close();
  });

  test.each(cases.slice(0, 3))('killed before the index knew the last lines, %s: they are found', async (_, change) => {
    const made = world();
    const sink = await made.start();
    await send(sink, batch(['a']));
    await killedBeforeIndex(sink, ['b', 'c']);
    change(made);
    const revived = await made.start();
    expect(await send(revived, batch(['b', 'c', 'd'], { replay: true }))).toEqual(ACKED);
    expect(made.ids().toSorted(byText)).toEqual(['a', 'b', 'c', 'd']);
    await revived.close();
  });

  test('an index that the disk has no room for: the batch goes again, and is not written again', async () => {
    const { start, ids } = world();
    const sink = await start();
    vi.spyOn(IdIndex.prototype, 'add').mockImplementationOnce(() => {
      throw full();
    });
    expect(await send(sink, batch(['a', 'b']))).toMatchObject({ kind: 'retryable', why: 'failed' });
    expect(await send(sink, batch(['a', 'b']))).toEqual(ACKED);
    expect(ids()).toEqual(['a', 'b']);
  });

  test('lines and index removed: everything may be written again', async () => {
    const { path, start, ids } = world();
    await send(await start(), batch(['a']));
    rmSync(path);
    rmSync(`${path}.ids`, { recursive: true });
    await send(await start(), batch(['a']));
    expect(ids()).toEqual(['a']);
  });

  test('lines removed and the index left: nothing is written again, which each start warns of and counts', async () => {
    const { path, start, logs, counts } = world();
    await send(await start(), batch(['a']));
    rmSync(path);
    const revived = await start();
    expect(await send(revived, batch(['a']))).toEqual(ACKED);
    expect(await send(revived, batch(['a']))).toEqual(ACKED);
    expect(logs).toEqual(['FILE_GONE!']);
    expect(await send(await start(), batch(['a', 'b']))).toEqual(ACKED);
    expect(logs).toEqual(['FILE_GONE!', 'FILE_GONE!']);
    expect(readFileSync(path, 'utf8')).toBe(`${rawText('b')}\n`);
    expect(counts).toEqual({ duplicate: 3, not_written_again: 3 });
  });

  test.each([
    { name: 'a replay', rotated: true, sent: batch(['a'], { replay: true }), said: ['FILE_GONE!'] },
    { name: 'what is new', rotated: true, sent: batch(['b']), said: ['FILE_GONE!'] },
    { name: 'lines that are there', rotated: false, sent: batch(['a']), said: [] },
  ])('nothing is counted as not written again of $name', async ({ rotated, sent, said }) => {
    const { path, start, logs, counts } = world();
    await send(await start(), batch(['a']));
    if (rotated) rmSync(path);
    await send(await start(), sent);
    await send(await start(), sent.replay ? sent : batch(['c']));
    expect(counts['not_written_again']).toBe(undefined);
    expect(logs).toEqual(said);
  });

  test.each([
    { name: 'nothing was written yet', make: () => undefined, verdicts: ['ok'] },
    { name: 'the lines are there', make: (path: string) => writeFileSync(path, 'x\n'), verdicts: ['ok'] },
    { name: 'they were set aside', make: (path: string) => writeFileSync(`${path}.1`, 'x\n'), verdicts: ['ok', 'ids'] },
    { name: 'they are gone, and the index is not', make: () => undefined, verdicts: ['ok', 'ids', 'warn'] },
    {
      name: 'they were emptied, and the index was not',
      make: (path: string) => writeFileSync(path, ''),
      verdicts: ['ok', 'ids', 'warn'],
    },
  ])('check, when $name', async ({ make, verdicts }) => {
    const { path, start } = world();
    if (verdicts.includes('ids')) mkdirSync(`${path}.ids`);
    make(path);
    const checks = await (await start()).check(new AbortController().signal);
    expect(checks.map(({ verdict }) => verdict)).toEqual(verdicts.filter((each) => each !== 'ids'));
    for (const { fix } of checks.slice(1)) expect(fix).toContain(`remove ${path}.ids`);
  });
});

describe('a full disk', () => {
  test('takes back a batch of which it took a part', async () => {
    const { folder, lines, start } = world();
    const sink = await start();
    await send(sink, batch(['a']));
    await fillDisk(folder, 20);
    expect(await send(sink, batch(['b', 'c']))).toMatchObject({ kind: 'retryable', why: 'failed' });
    expect(lines()).toEqual([rawText('a')]);
    vi.restoreAllMocks();
    expect(await send(sink, batch(['b', 'c']))).toEqual(ACKED);
    expect(lines()).toEqual(['a', 'b', 'c'].map(rawText));
  });

  test('while logrotate copies and truncates: the file is never made longer than it is', async () => {
    const { folder, path, ids, start } = world();
    const sink = await start();
    await send(sink, batch(['a', 'b', 'c']));
    await fillDisk(folder, 20, () => {
      copyFileSync(path, join(folder, 'copy'));
      truncateSync(path, 0);
    });
    expect(await send(sink, batch(['d']))).toMatchObject({ kind: 'retryable', why: 'unanswered' });
    expect(statSync(path).size).toBe(0);
    vi.restoreAllMocks();
    // What the copy holds of it is torn, as the copy was made in the middle of a write.
    expect(await send(sink, batch(['a', 'b', 'c', 'd']))).toEqual(ACKED);
    expect(ids()).toEqual(['a', 'b', 'c', 'd']);
  });

  test('after logrotate has copied and truncated, nothing of the old size is left', async () => {
    const { folder, path, lines, start } = world();
    const sink = await start();
    await send(sink, batch(['a', 'b', 'c']));
    copyFileSync(path, join(folder, 'copy'));
    truncateSync(path, 0);
    await fillDisk(folder, 20);
    expect(await send(sink, batch(['d']))).toMatchObject({ kind: 'retryable' });
    expect(statSync(path).size).toBe(0);
    vi.restoreAllMocks();
    await send(sink, batch(['d']));
    expect(lines()).toEqual([rawText('d')]);
  });
});

describe('somebody else', () => {
  const foreign = { kind: 'blocked', reason: expect.stringContaining('another process writes to this file') };

  test.each([
    ['appends to the file', ({ path }: FileWorld) => appendFileSync(path, `${rawText('x')}\n`)],
    [
      'puts another file in its place',
      ({ path }: FileWorld) => {
        writeFileSync(`${path}.new`, `${rawText('x')}\n`);
        renameSync(`${path}.new`, path);
      },
    ],
  ])('%s: blocked until it is quiet, and what it wrote is known', async (_, change) => {
    const made = world();
    const sink = await made.start();
    await send(sink, batch(['a']));
    change(made);
    expect(await send(sink, batch(['b']))).toMatchObject(foreign);
    change(made);
    expect(await send(sink, batch(['b']))).toMatchObject(foreign);
    expect(await send(sink, batch(['x', 'b']))).toEqual(ACKED);
    expect(made.lines().at(-1)).toBe(rawText('b'));
    expect(made.ids().filter((id) => id === 'b')).toHaveLength(1);
  });

  test('a second agent on the path: the first is blocked before it writes, and no event is written twice', async () => {
    const { start, ids } = world();
    const [first, second] = [await start(), await start()];
    expect(await send(first, batch(['a']))).toEqual(ACKED);
    expect(await send(second, batch(['a', 'b']))).toEqual(ACKED);
    expect(await send(first, batch(['b']))).toMatchObject(foreign);
    expect(await send(second, batch(['c']))).toEqual(ACKED);
    expect(await send(first, batch(['b']))).toMatchObject(foreign);
    // The second is quiet: the first takes over, and the second sees it.
    expect(await send(first, batch(['b', 'c', 'd']))).toEqual(ACKED);
    expect(await send(second, batch(['d']))).toMatchObject(foreign);
    expect(ids()).toEqual(['a', 'b', 'c', 'd']);
  });
});

describe('what happens in the same moment', () => {
  test('a second agent that has only opened the file keeps the first from writing', async () => {
    const { start, ids } = world();
    const [first, second] = [await start(), await start()];
    await send(first, batch(['a']));
    // It writes nothing, as everything is there.
    expect(await send(second, batch(['a']))).toEqual(ACKED);
    expect(await send(first, batch(['b']))).toMatchObject({ kind: 'blocked' });
    expect(ids()).toEqual(['a']);
  });

  test('what another process appends during a write is known afterwards, and nothing is written twice', async () => {
    const { folder, path, ids, start } = world();
    const sink = await start();
    await send(sink, batch(['a']));
    await whileWriting(folder, () => appendFileSync(path, `${rawText('x')}\n`));
    expect(await send(sink, batch(['b']))).toMatchObject({ kind: 'retryable', why: 'unanswered' });
    vi.restoreAllMocks();
    expect(await send(sink, batch(['b', 'x', 'c']))).toEqual(ACKED);
    expect(ids().toSorted(byText)).toEqual(['a', 'b', 'c', 'x']);
  });

  test('what is appended between the reading and the opening is read too', async () => {
    const { path, ids, start } = world();
    const sink = await start();
    await send(sink, batch(['a']));
    await sink.close();
    const opening = LineFile.open;
    vi.spyOn(LineFile, 'open').mockImplementationOnce((of) => {
      appendFileSync(path, `${rawText('x')}\n`);
      return opening.call(LineFile, of);
    });
    expect(await send(await start(), batch(['x', 'b']))).toEqual(ACKED);
    expect(ids()).toEqual(['a', 'x', 'b']);
  });

  test('a file that was cut and written to anew is read from its beginning', async () => {
    const { path, ids, start } = world();
    const sink = await start();
    await send(sink, batch(['a', 'b', 'c']));
    await sink.close();
    // In place: its inode stays.
    writeFileSync(path, `${rawText('x')}\n`);
    expect(await send(await start(), batch(['x', 'd']))).toEqual(ACKED);
    expect(ids()).toEqual(['x', 'd']);
  });
});

describe('a file without an index', () => {
  const many = Array.from({ length: 30_000 }, (_, index) => `e${index}`);
  const long = (id: string): string => JSON.stringify({ id, note: 'x'.repeat(200) });
  const context = {
    name: 'lake',
    userAgent: 'test',
    now: () => 0,
    elapsedMs: () => 0,
    proxyFor: () => undefined,
    log: () => undefined,
    count: () => undefined,
  };

  test('is read in parts, with words of how far it is, and not again', async () => {
    const { path, lines } = world();
    writeFileSync(path, many.map((id) => `${long(id)}\n`).join(''));
    // Every look at the clock takes all of the time.
    let ms = 0;
    const elapsedMs = (): number => (ms += 20_000);
    const sink = new FileSink({ path }, { ...context, elapsedMs });
    const reasons: string[] = [];
    for (;;) {
      const result = await send(sink, batch(['e7', 'new']));
      if (result.kind === 'acked') break;
      if (result.kind !== 'retryable') throw new Error(result.kind);
      reasons.push(result.reason.replace(`${path}: `, ''));
      // As after a kill: what has been read stays read.
      if (reasons.length === 3) await sink.close();
    }
    expect(reasons.length).toBeGreaterThan(4);
    expect(reasons[0]).toBe("reading the file's ids: 15 %");
    expect(new Set(reasons).size).toBe(reasons.length);
    expect(lines()).toHaveLength(many.length + 1);
    await sink.close();
  });

  test('stops to read when its time is over', async () => {
    const { path, start } = world();
    writeFileSync(path, many.map((id) => `${long(id)}\n`).join(''));
    const abort = new AbortController();
    const sending = (await start()).send(batch(['a']), { ...call, signal: abort.signal });
    abort.abort(new Error('time is over'));
    await expect(sending).rejects.toThrow('time is over');
  });
});

test('an index that a newer version wrote is left alone', async () => {
  const { path, start } = world();
  const sink = await start();
  await send(sink, batch(['a']));
  await sink.close();
  writeFileSync(join(`${path}.ids`, 'version'), '2\n');
  const reason = expect.stringContaining('was written by another version');
  expect(await send(await start(), batch(['b']))).toMatchObject({ kind: 'blocked', reason });
});
