/** The file sink against a real file system: torn lines, replays, rotation, and every error an operator may meet. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { batch, call, rawText, send, world } from './file.test.world.ts';
import { fileSink } from './index.ts';
import { idOf } from './line-id.ts';

describe('writing', () => {
  test('a document is a line, in order, unchanged, and nobody else may read it', async () => {
    const { path, lines, start } = world();
    const sink = await start();
    expect(await send(sink, batch(['a', 'b']))).toEqual({ kind: 'acked' });
    expect(await send(sink, batch(['c']))).toEqual({ kind: 'acked' });
    expect(lines()).toEqual(['a', 'b', 'c'].map(rawText));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await sink.close();
  });

  test('what a crash has torn is cut off at the next start, and whole lines stay', async () => {
    const { path, lines, start } = world();
    writeFileSync(path, `${rawText('a')}\n${rawText('b').slice(0, 9)}`);
    const sink = await start();
    await send(sink, batch(['c']));
    expect(lines()).toEqual([rawText('a'), rawText('c')]);
    await sink.close();
  });

  test('a torn line longer than what is read at a time is cut off too', async () => {
    const { path, lines, start } = world();
    writeFileSync(path, `${rawText('a')}\n{"id":"${'x'.repeat(700_000)}`);
    const sink = await start();
    await send(sink, batch(['c']));
    expect(lines()).toEqual([rawText('a'), rawText('c')]);
    await sink.close();
  });

  test('a file that was moved away is begun anew, as its events would be seen by nobody', async () => {
    const { path, lines, start } = world();
    const sink = await start();
    await send(sink, batch(['a']));
    renameSync(path, `${path}.old`);
    await send(sink, batch(['b']));
    expect([lines(`${path}.old`), lines()]).toEqual([[rawText('a')], [rawText('b')]]);
    await sink.close();
  });

  test('an aborted send writes nothing and throws', async () => {
    const { path, start } = world();
    const sink = await start();
    await expect(sink.send(batch(['a']), { ...call, signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow(
      'stop',
    );
    expect(existsSync(path)).toBe(false);
  });
});

describe('what is sent again after a crash', () => {
  const ecs = (id: string): string => JSON.stringify({ '@timestamp': '2026-01-01', event: { id }, id: 'other' });
  const ocsf = (id: string): string =>
    JSON.stringify({ class_uid: 3002, metadata: { uid: 'uuid', original_event_uid: id } });

  test.each([
    { name: 'raw', text: rawText },
    { name: 'ecs', text: ecs },
    { name: 'ocsf', text: ocsf },
  ])('is written once as $name, and the rest of its batch is written', async ({ text }) => {
    const { counts, lines, start } = world();
    await send(await start(), batch(['a', 'b'], { text }));
    const revived = await start();
    expect(await send(revived, batch(['b', 'c'], { text, replay: true }))).toEqual({ kind: 'acked' });
    expect(await send(revived, batch(['c', 'd'], { text, replay: true }))).toEqual({ kind: 'acked' });
    expect(lines()).toEqual(['a', 'b', 'c', 'd'].map(text));
    expect(counts).toEqual({ duplicate: 2 });
    await revived.close();
  });

  test('is known again though another version of the mapping makes another text of it', async () => {
    const { lines, start } = world();
    await send(await start(), batch(['a'], { text: ecs }));
    const newer = (id: string): string => JSON.stringify({ '@timestamp': '2026-01-01', event: { kind: 'event', id } });
    await send(await start(), batch(['a'], { text: newer, replay: true }));
    expect(lines()).toEqual([ecs('a')]);
  });

  test('is found in files that were set aside, and over many chunks', async () => {
    const { path, ids: held, start } = world({ max_bytes: 600_000 });
    const sink = await start();
    const long = (id: string): string => JSON.stringify({ id, note: `${'é'.repeat(2_000)}` });
    const ids = Array.from({ length: 400 }, (_, index) => `e${index}`);
    for (let at = 0; at < ids.length; at += 50) await send(sink, batch(ids.slice(at, at + 50), { text: long }));
    expect(existsSync(`${path}.2`)).toBe(true);
    await send(await start(), batch([...ids, 'new'], { text: long, replay: true }));
    expect(held()).toHaveLength(ids.length + 1);
    expect(new Set(held())).toEqual(new Set([...ids, 'new']));
  });

  test('a line longer than several chunks is known again', async () => {
    const { lines, start } = world();
    const huge = (id: string): string =>
      JSON.stringify({ note: Array.from({ length: 90_000 }, (_, index) => `${index}`).join(' '), id });
    await send(await start(), batch(['a', 'b'], { text: huge }));
    await send(await start(), batch(['a', 'b', 'c'], { text: huge, replay: true }));
    expect(lines()).toHaveLength(3);
  });

  test('a torn line does not count as written', async () => {
    const { path, lines, start } = world();
    writeFileSync(path, rawText('a'));
    await send(await start(), batch(['a'], { replay: true }));
    expect(lines()).toEqual([rawText('a')]);
  });

  test('an id of over 512 bytes is known by its hash, and foreign lines by nothing', () => {
    expect(idOf(rawText('x'.repeat(513)))).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(['', 'plain text', '[]', 'null', '7', '{"id":7}', '{"@timestamp":1}'].map(idOf)).toEqual(
      Array(7).fill(undefined),
    );
  });

  test('counts for what is said to be new as well, and within one batch', async () => {
    const { lines, start, counts } = world();
    const sink = await start();
    await send(sink, batch(['a', 'b', 'a']));
    await send(sink, batch(['b', 'c']));
    expect(lines()).toEqual(['a', 'b', 'c'].map(rawText));
    expect(counts).toEqual({ duplicate: 2 });
  });
});

describe('rotation', () => {
  test('the file is set aside under the next number before it grows too large; older ones stay as they are', async () => {
    const { path, lines, start } = world({ max_bytes: 80 });
    const sink = await start();
    for (const id of ['a', 'b', 'c', 'd', 'e']) await send(sink, batch([id]));
    expect(lines(`${path}.1`)).toEqual([rawText('a'), rawText('b')]);
    expect(lines(`${path}.2`)).toEqual([rawText('c'), rawText('d')]);
    expect(lines()).toEqual([rawText('e')]);
    await sink.close();
  });

  test('a batch larger than max_bytes makes one larger file', async () => {
    const { path, lines, start } = world({ max_bytes: 10 });
    const sink = await start();
    await send(sink, batch(['a', 'b']));
    await send(sink, batch(['c']));
    expect([lines(`${path}.1`), lines()]).toEqual([[rawText('a'), rawText('b')], [rawText('c')]]);
  });
});

describe('what goes wrong', () => {
  test.each([
    {
      name: 'the folder is missing',
      make: (path: string) => rmSync(join(path, '..'), { recursive: true }),
      says: 'create the folder',
    },
    { name: 'the path is a folder', make: (path: string) => mkdirSync(path), says: 'it is a folder: name a file' },
    {
      name: 'the path is a pipe',
      make: (path: string) => execFileSync('mkfifo', [path]),
      says: 'it is a pipe: name a file, or use `type: stdout`',
    },
    {
      name: 'the path is a link to a device',
      make: (path: string) => symlinkSync('/dev/null', path),
      says: 'it is a device: name a file',
    },
    {
      name: 'the path is a large file without lines',
      make: (path: string) => writeFileSync(path, Buffer.alloc(17 * 2 ** 20, 'x')),
      says: 'it holds something else than lines',
    },
    {
      name: 'the index of ids is a folder of something else',
      make: (path: string) => {
        mkdirSync(`${path}.ids`);
        writeFileSync(`${path}.ids/photo.jpg`, '');
      },
      says: 'holds other files: move them away',
    },
  ])('$name: blocked with the fix, and it goes on once that is mended', async ({ make, says }) => {
    const { path, lines, start } = world();
    make(path);
    const sink = await start();
    const result = await send(sink, batch(['a']));
    expect(result).toMatchObject({ kind: 'blocked', reason: expect.stringContaining(says) });
    rmSync(path, { recursive: true, force: true });
    rmSync(`${path}.ids`, { recursive: true, force: true });
    mkdirSync(join(path, '..'), { recursive: true });
    expect(await send(sink, batch(['a']))).toEqual({ kind: 'acked' });
    expect(lines()).toHaveLength(1);
    await sink.close();
  });

  test.each([
    ['a folder', (path: string) => mkdirSync(path)],
    ['a pipe', (path: string) => execFileSync('mkfifo', [path])],
  ])('the check says that the path is %s', async (kind, make) => {
    const { path, start } = world();
    make(path);
    const [found] = await (await start()).check(call.signal);
    expect(found).toMatchObject({ verdict: 'fail', detail: expect.stringContaining(kind) });
  });

  test('a batch that could not be finished is taken back before it is tried again', async () => {
    const { path, lines, start } = world();
    const sink = await start();
    await send(sink, batch(['a']));
    const handle = await open(path);
    // All handles share it: the disk fails once, when the lines are to be flushed.
    const flush = vi.spyOn(Object.getPrototypeOf(handle), 'datasync');
    flush.mockRejectedValueOnce(Object.assign(new Error('no space'), { code: 'ENOSPC' }));
    await handle.close();
    expect(await send(sink, batch(['b', 'c']))).toMatchObject({ kind: 'retryable', why: 'failed' });
    expect(lines()).toHaveLength(1);
    flush.mockRestore();
    await send(sink, batch(['b', 'c']));
    expect(lines()).toEqual(['a', 'b', 'c'].map(rawText));
  });

  test('unknown keys and a size that is none are refused', () => {
    expect(fileSink.configSchema.safeParse({ path: 'x', rotate: true }).success).toBe(false);
    expect(fileSink.configSchema.safeParse({ path: 'x', max_bytes: 'lots' }).success).toBe(false);
    expect(fileSink.configSchema.parse({ path: 'x', max_bytes: '1MiB' })).toEqual({ path: 'x', max_bytes: 2 ** 20 });
  });
});
