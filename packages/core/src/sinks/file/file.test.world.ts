/** What the tests of the file sink share: a folder, a sink as after a start, and what stands in the files. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Batch, Envelope, SendCall, SendResult, Sink } from '@audit-relay/sink';
import { afterEach, vi } from 'vitest';
import { type FileConfig, fileSink } from './index.ts';
import { idOf } from './line-id.ts';

const folders: string[] = [];
const sinks: Sink[] = [];
afterEach(async () => {
  for (const sink of sinks.splice(0)) await sink.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

export interface FileWorld {
  readonly folder: string;
  readonly path: string;
  readonly counts: Record<string, number>;
  /** Codes; a warning with a mark of exclamation. */
  readonly logs: string[];
  readonly lines: (file?: string) => string[];
  /** Ids of the lines of every file in the folder and below, but for the index. */
  readonly ids: () => (string | undefined)[];
  /** A sink as after a start: it knows nothing of an earlier one. */
  readonly start: () => Promise<Sink>;
}

export function world(config: Partial<FileConfig> = {}): FileWorld {
  const folder = mkdtempSync(join(tmpdir(), 'file-sink-'));
  folders.push(folder);
  const path = join(folder, 'events.ndjson');
  const counts: Record<string, number> = {};
  const logs: string[] = [];
  const count = (code: string, n: number): void => {
    counts[code] = (counts[code] ?? 0) + n;
  };
  const context = {
    name: 'lake',
    userAgent: 'test',
    now: () => 0,
    elapsedMs: () => 0,
    proxyFor: () => undefined,
    log: (code: string, _: object, level?: string) => void logs.push(level === 'warn' ? `${code}!` : code),
    count,
  };
  const lines = (file = path): string[] => readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return {
    folder,
    path,
    counts,
    logs,
    lines,
    ids: () =>
      filesIn(folder)
        .flatMap((file) => lines(file))
        .map(idOf),
    start: async () => {
      const sink = await fileSink.open({ path, ...config }, context);
      sinks.push(sink);
      return sink;
    },
  };
}

function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.parentPath.endsWith('.ids'))
    .map((entry) => join(entry.parentPath, entry.name));
}

export function batch(
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

export const rawText = (id: string): string => JSON.stringify({ id, note: 'é\u2028🙂' });
export const call: SendCall = { signal: new AbortController().signal, accepted: () => undefined };
export const send = (sink: Sink, sent: Batch): Promise<SendResult> => sink.send(sent, call);

type Write = (this: FileHandle, ...part: [Buffer, number, number?]) => Promise<unknown>;

/** Every handle's `write`, until mocks are restored. */
async function replaceWrite(folder: string, by: (write: Write) => Write): Promise<void> {
  const handle = await open(folder);
  // All handles share it.
  const prototype: FileHandle = Object.getPrototypeOf(handle);
  await handle.close();
  // As the sink calls it, of all the forms that it has.
  const replaced = by(prototype.write as Write) as typeof prototype.write;
  vi.spyOn(prototype, 'write').mockImplementation(replaced);
}

/** The disk takes `taken` bytes of the next batch, and no more; `meanwhile` comes in between. */
export function fillDisk(folder: string, taken: number, meanwhile: () => void = () => undefined): Promise<void> {
  let calls = 0;
  return replaceWrite(
    folder,
    (write) =>
      async function (this: FileHandle, buffer) {
        calls += 1;
        const room = Math.min(taken, buffer.length - 1);
        if (calls === 1 && room > 0) return write.call(this, buffer, 0, room);
        if (calls <= 2) meanwhile();
        throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
      },
  );
}

/** `change` happens just before the next write. */
export function whileWriting(folder: string, change: () => void): Promise<void> {
  return replaceWrite(
    folder,
    (write) =>
      async function (this: FileHandle, ...part) {
        change();
        return write.call(this, ...part);
      },
  );
}
