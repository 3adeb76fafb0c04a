/** The stdout sink against streams that take their time or break. */
import { PassThrough, Writable } from 'node:stream';
import type { Batch, Envelope, SendCall, Sink } from '@audit-relay/sink';
import { expect, test } from 'vitest';
import { lineSink, stdoutSink } from './stdout.ts';

const facts = { source: 'acme', feed: 'organization', summary: '', severity: 1, outcome: 'success' } as const;
const envelopes = ['{"id":"a"}', '{"id":"b"}'].map(
  (json): Envelope => ({ id: json, type: 't', timeMs: 0, receivedMs: 0, json, bytes: json.length, facts }),
);
const batch: Batch = { envelopes, bytes: 20, replay: false };
const call: SendCall = { signal: new AbortController().signal, accepted: () => undefined };

function open(stream: Writable): Promise<Sink> {
  const nothing = (): undefined => undefined;
  const context = {
    name: 'out',
    userAgent: 'test',
    now: () => 0,
    elapsedMs: () => 0,
    proxyFor: nothing,
    log: nothing,
    count: nothing,
  };
  return lineSink(() => stream).open({}, context);
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
