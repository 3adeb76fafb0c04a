/** The stdout sink against streams that take their time or break. */
import { closeSync, mkdtempSync, openSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import type { Batch, Envelope, SendCall, Sink } from '@audit-relay/sink';
import { beforeEach, describe, expect, test } from 'vitest';
import { descriptorOutput, type LineOutput, streamOutput } from './line-output.ts';
import { lineSink, stdoutSink } from './stdout.ts';

const facts = { source: 'acme', feed: 'organization', summary: '', severity: 1, outcome: 'success' } as const;
const envelopes = ['{"id":"a"}', '{"id":"b"}'].map(
  (json): Envelope => ({ id: json, type: 't', timeMs: 0, receivedMs: 0, json, bytes: json.length, facts }),
);
const batch: Batch = { envelopes, bytes: 20, replay: false };
const call: SendCall = { signal: new AbortController().signal, accepted: () => undefined };

const logs: string[] = [];
beforeEach(() => logs.splice(0));

function open(stream: Writable): Promise<Sink> {
  return openOn(streamOutput(stream));
}

function openOn(output: LineOutput): Promise<Sink> {
  const nothing = (): undefined => undefined;
  const context = {
    name: 'out',
    userAgent: 'test',
    now: () => 0,
    elapsedMs: () => 0,
    proxyFor: nothing,
    log: (code: string): void => void logs.push(code),
    count: nothing,
  };
  return lineSink(() => output).open({}, context);
}

test('documents are lines, acked once the stream has taken them', async () => {
  const taken: (() => void)[] = [];
  let text = '';
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      text += String(chunk);
      taken.push(done);
    },
  });
  let acked = false;
  const sending = (await open(stream)).send(batch, call).then((result) => {
    acked = true;
    return result;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect([text, acked]).toEqual(['{"id":"a"}\n{"id":"b"}\n', false]);
  taken[0]?.();
  expect(await sending).toEqual({ kind: 'acked' });
});

test('a closed reader blocks the lane, names the fix and does not end the process', async () => {
  const broken = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
  const sink = await open(new Writable({ write: (_chunk, _encoding, done) => done(broken) }));
  const fix = { kind: 'blocked', reason: expect.stringContaining('start audit-relay again') };
  expect(await sink.send(batch, call)).toMatchObject(fix);
  // The stream is destroyed by now, which is another code.
  expect(await sink.send(batch, call)).toMatchObject(fix);
  expect(await sink.check(call.signal)).toMatchObject([{ verdict: 'fail' }]);
  expect(logs).toEqual(['STDOUT_CLOSED']);
});

test('another failure is retried as replay', async () => {
  const failed = Object.assign(new Error('write EIO'), { code: 'EIO' });
  const sink = await open(new Writable({ write: (_chunk, _encoding, done) => done(failed) }));
  expect(await sink.send(batch, call)).toMatchObject({ kind: 'retryable', why: 'unanswered' });
});

test('an abort is thrown, before and while the stream waits', async () => {
  const sink = await open(new Writable({ write: () => undefined }));
  await expect(sink.send(batch, { ...call, signal: AbortSignal.abort(new Error('early')) })).rejects.toThrow('early');
  const abort = new AbortController();
  const sending = sink.send(batch, { ...call, signal: abort.signal });
  abort.abort(new Error('late'));
  await expect(sending).rejects.toThrow('late');
});

test('closing leaves the stream open, and it has no keys', async () => {
  const stream = new PassThrough();
  const sink = await open(stream);
  expect(await sink.check(call.signal)).toMatchObject([{ verdict: 'ok' }]);
  await sink.close();
  expect(stream.writable).toBe(true);
  expect(stdoutSink.configSchema.safeParse({ path: 'x' }).success).toBe(false);
});

describe('a file on a disk that fills up', () => {
  /** Takes at most `room()` bytes in all, in parts of seven. */
  function disk(room: () => number): { readonly output: LineOutput; readonly text: () => string } {
    let text = '';
    const take = async (_: number, bytes: Buffer): Promise<number> => {
      const taken = Math.min(7, bytes.length, room() - text.length);
      if (taken <= 0) throw Object.assign(new Error('write'), { code: 'ENOSPC' });
      text += bytes.subarray(0, taken).toString();
      return taken;
    };
    return { output: descriptorOutput(1, take), text: () => text };
  }
  const failure = { kind: 'retryable', why: 'failed', reason: 'standard output: ENOSPC' };
  const whole = '{"id":"a"}\n{"id":"b"}\n';
  const batchOf = (...each: readonly (Envelope | undefined)[]): Batch => {
    return { envelopes: each.filter((envelope) => envelope !== undefined), bytes: 10, replay: true };
  };
  const [a, b] = envelopes;

  test('a write that is taken in parts is acked when all of it is there', async () => {
    const { output, text } = disk(() => 1_000);
    expect(await (await openOn(output)).send(batch, call)).toEqual({ kind: 'acked' });
    expect(text()).toBe(whole);
  });

  const cases = [
    { room: 0, first: failure },
    { room: 5, first: failure },
    { room: 11, first: { kind: 'partial', acked: 1, failures: [{ index: 1, failure }] } },
    { room: 14, first: { kind: 'partial', acked: 1, failures: [{ index: 1, failure }] } },
    { room: 21, first: { kind: 'partial', acked: 1, failures: [{ index: 1, failure }] } },
  ];
  test.each(cases)(
    'with room for $room bytes: what is whole counts, and a torn line is finished first',
    async (given) => {
      let room = given.room;
      const { output, text } = disk(() => room);
      const sink = await openOn(output);
      expect(await sink.send(batch, call)).toEqual(given.first);
      const left = given.first.kind === 'partial' ? batchOf(b) : batch;
      // Nothing more is taken, and nothing is written twice by trying.
      expect(await sink.send(left, call)).toEqual(failure);
      room = 1_000;
      expect(await sink.send(left, call)).toEqual({ kind: 'acked' });
      expect(text()).toBe(whole);
    },
  );

  test('a torn line is finished before another batch, and its event is not written again', async () => {
    let room = 5;
    const { output, text } = disk(() => room);
    const sink = await openOn(output);
    await sink.send(batchOf(a), call);
    room = 1_000;
    expect(await sink.send(batchOf(b), call)).toEqual({ kind: 'acked' });
    expect(await sink.send(batchOf(a), call)).toEqual({ kind: 'acked' });
    expect(text()).toBe(whole);
    // Later it is an event like any other: standard output cannot be looked at.
    await sink.send(batchOf(a), call);
    expect(text()).toBe(`${whole}{"id":"a"}\n`);
  });

  test('a device that takes nothing now is tried again', async () => {
    const again = Object.assign(new Error('write'), { code: 'EAGAIN' });
    const sink = await openOn(descriptorOutput(1, () => Promise.reject(again)));
    expect(await sink.send(batch, call)).toEqual({ ...failure, reason: 'standard output: EAGAIN' });
  });
});

describe('where an earlier process ended', () => {
  const replayed = { ...batch, replay: true };
  const whole = '{"id":"a"}\n{"id":"b"}\n';
  const ends: readonly { isMidLine: boolean | undefined; sent: Batch; begin: string }[] = [
    { isMidLine: true, sent: batch, begin: '\n' },
    { isMidLine: true, sent: replayed, begin: '\n' },
    { isMidLine: false, sent: replayed, begin: '' },
    { isMidLine: undefined, sent: replayed, begin: '\n' },
    { isMidLine: undefined, sent: batch, begin: '' },
  ];
  test.each(ends)('within a line: $isMidLine, replay: $sent.replay', async ({ isMidLine, sent, begin }) => {
    let text = '';
    const output: LineOutput = {
      isOpen: () => true,
      release: () => undefined,
      isMidLine: () => isMidLine,
      write: async (bytes) => {
        text += String(bytes);
        return { taken: bytes.length };
      },
    };
    const sink = await openOn(output);
    expect(await sink.send(sent, call)).toEqual({ kind: 'acked' });
    expect(await sink.send(sent, call)).toEqual({ kind: 'acked' });
    expect(text).toBe(begin + whole + whole);
  });

  test.each([
    { text: '', isMidLine: false },
    { text: '{"id":"x"}\n', isMidLine: false },
    { text: '{"id":"x"}\n{"id":', isMidLine: true },
  ])('a file that holds $text', ({ text, isMidLine }) => {
    const path = join(mkdtempSync(join(tmpdir(), 'stdout-')), 'out');
    writeFileSync(path, text);
    const file = openSync(path, 'a');
    expect(descriptorOutput(file).isMidLine()).toBe(isMidLine);
    closeSync(file);
  });
});
