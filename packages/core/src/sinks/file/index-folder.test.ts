/** An index of ids that the disk has damaged, has no room for, or that is another file's. */
import { hash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { batch, call, rawText, send, world } from './file.test.world.ts';
import { IdIndex } from './id-index.ts';
import { FileSink } from './sink.ts';

afterEach(() => vi.restoreAllMocks());

const ACKED = { kind: 'acked' };
const many = Array.from({ length: 3_000 }, (_, index) => `e${index}`);

/** The same numbers each time. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

describe('an index that is damaged begins anew from the lines, and that is said', () => {
  test.each(Array.from({ length: 25 }, (_, seed) => seed))('20 bits, seed %i', async (seed) => {
    const { path, start, ids, logs } = world();
    const sink = await start();
    await send(sink, batch(many));
    await sink.close();
    const data = join(`${path}.ids`, 'data.mdb');
    const bytes = readFileSync(data);
    const random = numbers(seed);
    for (let flips = 0; flips < 20; flips += 1) {
      const at = Math.floor(random() * bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8));
    }
    writeFileSync(data, bytes);
    expect(await send(await start(), batch([...many, 'new'], { replay: true }))).toEqual(ACKED);
    expect([ids().length, new Set(ids()).size]).toEqual([many.length + 1, many.length + 1]);
    // What hits free space is no damage.
    expect(logs.filter((code) => code !== 'FILE_INDEX_DAMAGED')).toEqual([]);
  });

  test.each(Array.from({ length: 16 }, (_, byte) => byte))('one bit of an id, in byte %i', async (byte) => {
    const { path, start, ids, logs } = world();
    const sink = await start();
    await send(sink, batch(['a']));
    await sink.close();
    const data = join(`${path}.ids`, 'data.mdb');
    const bytes = readFileSync(data);
    const key = hash('sha256', Buffer.from('a', 'utf16le'), 'buffer').subarray(0, 14);
    for (let at = bytes.indexOf(key); at >= 0; at = bytes.indexOf(key, at + 1)) {
      bytes[at + byte] = (bytes[at + byte] ?? 0) ^ 4;
      if (byte >= key.length) at += byte;
    }
    writeFileSync(data, bytes);
    expect(await send(await start(), batch(['a']))).toEqual(ACKED);
    expect([ids(), logs]).toEqual([['a'], ['FILE_INDEX_DAMAGED']]);
  });

  test('a number of bytes that has become another', async () => {
    const { path, start, ids, logs } = world();
    const sink = await start();
    await send(sink, batch(['a', 'b']));
    await sink.close();
    const data = join(`${path}.ids`, 'data.mdb');
    const bytes = readFileSync(data);
    const digits = Buffer.from(String(statSync(path).size));
    for (let at = bytes.indexOf(digits); at >= 0; at = bytes.indexOf(digits, at + 1)) bytes[at] = 0x39;
    writeFileSync(data, bytes);
    expect(await send(await start(), batch(['a', 'b']))).toEqual(ACKED);
    expect([ids(), logs]).toEqual([['a', 'b'], ['FILE_INDEX_DAMAGED']]);
  });

  test('found while it runs: the next look is a close one', async () => {
    const { start, ids, logs } = world();
    const sink = await start();
    await send(sink, batch(['a']));
    vi.spyOn(IdIndex.prototype, 'has').mockImplementationOnce(() => {
      throw Object.assign(new Error('MDB_CORRUPTED'), { code: -30_796 });
    });
    expect(await send(sink, batch(['a', 'b']))).toMatchObject({ kind: 'retryable' });
    expect(await send(sink, batch(['a', 'b']))).toEqual(ACKED);
    expect([ids(), logs]).toEqual([['a', 'b'], []]);
  });
});

test('what a start that had no room has left is removed, and no other files are', async () => {
  const { path, start, ids } = world();
  mkdirSync(`${path}.ids`);
  // As LMDB leaves them: a lock file without a byte on the disk, and half of the first two pages.
  writeFileSync(join(`${path}.ids`, 'lock.mdb'), '');
  writeFileSync(join(`${path}.ids`, 'room-1'), 'room room');
  expect(await send(await start(), batch(['a']))).toEqual(ACKED);
  writeFileSync(join(`${path}.ids`, 'data.mdb'), readFileSync(join(`${path}.ids`, 'data.mdb')).subarray(0, 4096));
  expect(await send(await start(), batch(['a', 'b']))).toEqual(ACKED);
  expect(ids()).toEqual(['a', 'b']);
  expect(readdirSync(`${path}.ids`).toSorted()).toEqual(['data.mdb', 'lock.mdb', 'version']);
});

describe('an index that was made for another file', () => {
  const reason = expect.stringContaining('was made for another file, as events.ndjson.ids');

  test('copied: blocked, and nothing is taken to be written', async () => {
    const { folder, path, start } = world();
    const sink = await start();
    await send(sink, batch(['a']));
    await sink.close();
    const other = join(folder, 'other.ndjson');
    cpSync(`${path}.ids`, `${other}.ids`, { recursive: true });
    const copy = await world({ path: other }).start();
    expect(await send(copy, batch(['a']))).toMatchObject({ kind: 'blocked', reason });
    rmSync(`${other}.ids`, { recursive: true });
    expect(await send(copy, batch(['a']))).toEqual(ACKED);
    expect(readFileSync(other, 'utf8')).toBe(`${rawText('a')}\n`);
  });

  test('moved with that file, under a new name: known', async () => {
    const { folder, path, start, ids } = world();
    const sink = await start();
    await send(sink, batch(['a']));
    await sink.close();
    const other = join(folder, 'other.ndjson');
    renameSync(path, other);
    renameSync(`${path}.ids`, `${other}.ids`);
    for (const sent of [
      ['a', 'b'],
      ['b', 'c'],
    ])
      expect(await send(await world({ path: other }).start(), batch(sent))).toEqual(ACKED);
    expect(ids()).toEqual(['a', 'b', 'c']);
  });
});

describe('a last line without its end', () => {
  test('is whole: it gets its end, as an editor may have taken it', async () => {
    const { path, start, ids } = world();
    const sink = await start();
    await send(sink, batch(['a', 'b']));
    await sink.close();
    writeFileSync(path, readFileSync(path, 'utf8').trimEnd());
    expect(await send(await start(), batch(['b', 'c']))).toEqual(ACKED);
    expect(ids()).toEqual(['a', 'b', 'c']);
  });

  test.each([
    ['a line of ours that was torn', '{"id":"x', '{"id":"a"}\n'],
    ['zeros, as a power cut leaves them', '\0\0\0', '{"id":"a"}\n'],
  ])('is %s: cut off', async (_, torn, kept) => {
    const { path, start, lines } = world();
    writeFileSync(path, `${kept}${torn}`);
    expect(await send(await start(), batch(['b']))).toEqual(ACKED);
    expect(lines()).toEqual([kept.trim(), rawText('b')]);
  });

  test.each(['# notes', '{\n  "name": "mine"\n}', 'a,b\n1,2'])(
    "is somebody else's, of %j: left as it is",
    async (text) => {
      const { path, start } = world();
      writeFileSync(path, text);
      const reason = expect.stringContaining('choose another path');
      expect(await send(await start(), batch(['a']))).toMatchObject({ kind: 'blocked', reason });
      expect(readFileSync(path, 'utf8')).toBe(text);
    },
  );
});

describe('an index that takes long to look through', () => {
  const nothing = (): undefined => undefined;
  const context = {
    name: 'lake',
    userAgent: 'test',
    now: () => 0,
    elapsedMs: () => 0,
    proxyFor: nothing,
    log: nothing,
    count: nothing,
  };

  /** Opens only once `go` is called. */
  function heldBack(): { readonly go: () => void; readonly opened: () => number } {
    let go = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const opening = IdIndex.open;
    const spy = vi.spyOn(IdIndex, 'open').mockImplementation(async (...args) => {
      await gate;
      return opening.apply(IdIndex, args);
    });
    return { go, opened: () => spy.mock.calls.length };
  }

  test('is said after 20 s, goes on meanwhile, and is not begun again', async () => {
    const { path, ids } = world();
    const { go, opened } = heldBack();
    const waited: number[] = [];
    const sink = new FileSink({ path }, context, (ms) => {
      waited.push(ms);
      return waited.length > 1 ? new Promise(nothing) : Promise.resolve(undefined);
    });
    const reason = expect.stringContaining('looking through the ids');
    expect(await send(sink, batch(['b']))).toMatchObject({ kind: 'retryable', reason });
    go();
    expect(await send(sink, batch(['a', 'b']))).toEqual(ACKED);
    expect([ids(), opened(), waited]).toEqual([['a', 'b'], 1, [20_000, 20_000]]);
    await sink.close();
  });

  test('ends a send at its signal', async () => {
    const { path } = world();
    heldBack();
    const abort = new AbortController();
    const sending = new FileSink({ path }, context).send(batch(['b']), { ...call, signal: abort.signal });
    abort.abort(new Error('time is over'));
    await expect(sending).rejects.toThrow('time is over');
  });
});
