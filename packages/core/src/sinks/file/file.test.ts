/** The file sink against a real file system: torn lines, replays, rotation, and every error an operator may meet. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Batch, Envelope, SendCall, SendResult, Sink } from '@audit-relay/sink';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { idOf } from './held-ids.ts';
import { type FileConfig, fileSink } from './index.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

interface World {
  readonly path: string;
  readonly counts: Record<string, number>;
  readonly lines: (file?: string) => string[];
  /** A sink as after a start: it knows nothing of an earlier one. */
  readonly start: () => Promise<Sink>;
}

function world(config: Partial<FileConfig> = {}): World {
  const folder = mkdtempSync(join(tmpdir(), 'file-sink-'));
  folders.push(folder);
  const path = join(folder, 'events.ndjson');
  const counts: Record<string, number> = {};
  const count = (code: string, n: number): void => {
    counts[code] = (counts[code] ?? 0) + n;
  };
  const context = {
    name: 'lake',
    userAgent: 'test',
    now: () => 0,
    proxyFor: () => undefined,
    log: () => undefined,
    count,
  };
  return {
    path,
    counts,
    lines: (file = path) => readFileSync(file, 'utf8').split('\n').slice(0, -1),
    start: () => fileSink.open({ path, ...config }, context),
  };
}

function batch(
  ids: readonly string[],
  { replay = false, text = rawText }: { replay?: boolean; text?: (id: string) => string } = {},
): Batch {
  const envelopes = ids.map((id): Envelope => {
    const facts = { source: 'acme', feed: 'organization', summary: id, severity: 1, outcome: 'success' } as const;
    const json = text(id);
    return { id, type: 'login.succeeded', timeMs: 0, receivedMs: 0, json, bytes: Buffer.byteLength(json), facts };
  });
  return { envelopes, bytes: envelopes.reduce((sum, { bytes }) => sum + bytes, 0), replay };
}

const rawText = (id: string): string => JSON.stringify({ id, note: 'é\u2028🙂' });
const call: SendCall = { signal: new AbortController().signal, accepted: () => undefined };
const send = (sink: Sink, sent: Batch): Promise<SendResult> => sink.send(sent, call);

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
    writeFileSync(path, `${rawText('a')}\n${'x'.repeat(700_000)}`);
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
    const { path, lines, start } = world({ max_bytes: 600_000 });
    const sink = await start();
    const long = (id: string): string => JSON.stringify({ id, note: `${'é'.repeat(2_000)}` });
    const ids = Array.from({ length: 400 }, (_, index) => `e${index}`);
    for (let at = 0; at < ids.length; at += 50) await send(sink, batch(ids.slice(at, at + 50), { text: long }));
    expect(existsSync(`${path}.2`)).toBe(true);
    await send(await start(), batch([...ids, 'new'], { text: long, replay: true }));
    const all = readdirSync(dirname(path)).flatMap((file) => lines(join(dirname(path), file)));
    expect(all).toHaveLength(ids.length + 1);
    expect(new Set(all.map(idOf))).toEqual(new Set([...ids, 'new']));
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

  test('what is sent for the first time is written without a look', async () => {
    const { lines, start } = world();
    const sink = await start();
    await send(sink, batch(['a']));
    await send(sink, batch(['a']));
    expect(lines()).toHaveLength(2);
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
    { name: 'the path is a folder', make: (path: string) => mkdirSync(path), says: 'name a file' },
  ])('$name: blocked with the fix, and it goes on once that is mended', async ({ make, says }) => {
    const { path, lines, start } = world();
    make(path);
    const sink = await start();
    const result = await send(sink, batch(['a']));
    expect(result).toMatchObject({ kind: 'blocked', reason: expect.stringContaining(says) });
    expect((await sink.check(call.signal))[0]?.verdict).toBe(existsSync(path) ? 'ok' : 'fail');
    rmSync(path, { recursive: true, force: true });
    mkdirSync(join(path, '..'), { recursive: true });
    expect(await send(sink, batch(['a']))).toEqual({ kind: 'acked' });
    expect(lines()).toHaveLength(1);
    await sink.close();
  });

  test('a full disk is retryable, and says so by its code', async () => {
    // Linux gives ENOSPC on every write to this device.
    const { start } = world({ path: '/dev/full' });
    const result = await send(await start(), batch(['a']));
    expect(result).toMatchObject({ kind: 'retryable' });
    expect(JSON.stringify(result)).toMatch(/ENOSPC|EINVAL/);
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
