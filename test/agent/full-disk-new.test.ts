/** What is made new on a disk that has hardly any room left: an error with a name and no end by a signal, at whatever byte it is full. */
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { canMount, type SmallDisk, smallDisk } from './small-disk.ts';

const CORE = import.meta.resolve('@audit-relay/core');
const KIB = 1_024;

const CHILDREN = {
  'the index of a file sink': `
    const context = { name: 'lake', userAgent: 'test', now: () => 0, elapsedMs: () => 0, proxyFor: () => undefined, log: () => {}, count: () => {} };
    const sink = await core.fileSink.open({ path: folder + '/events' }, context);
    const envelopes = [{ id: 'a', json: '{"id":"a"}', bytes: 10 }];
    const { kind, reason = '' } = await sink.send({ envelopes, bytes: 10, replay: false }, { signal: new AbortController().signal });
    await sink.close();
    console.log(kind, reason);`,
  'a journal': `
    const runtime = { now: () => 0, elapsedMs: () => 0, random: () => 0, log: () => {}, sleep: (ms, signal) => timers.setTimeout(ms, undefined, { signal }) };
    try {
      const journal = { path: folder + '/journal', max_bytes: 2 ** 24, retention: 0, create: 'auto' };
      const relay = await core.openRelay({ name: 'a', version: '1', sources: {}, sinks: {}, journal, runtime, proxyFor: () => undefined });
      await relay.drain(0);
      console.log('acked');
    } catch (error) { console.log(error.code, error.message); }`,
};

describe.skipIf(!canMount()).each(Object.entries(CHILDREN))('%s', (_, child) => {
  let disk: SmallDisk | undefined;
  beforeEach(() => {
    disk = smallDisk('16m');
  });
  afterEach(() => disk?.remove());

  test.each([0, 4, 8, 16, 40])('%i KiB free: said with its code, and it goes on when there is room', (free) => {
    const folder = disk?.folder ?? '';
    const { bavail, bsize } = statfsSync(folder);
    const ballast = join(folder, 'ballast');
    writeFileSync(ballast, Buffer.alloc(bavail * bsize - free * KIB, 'x'));
    const full = run(child, folder);
    expect(full).toMatchObject({ signal: null, status: 0 });
    expect(full.stdout).toMatch(/^(retryable .*ENOSPC|JOURNAL_FOLDER )/);
    rmSync(ballast);
    expect(run(child, folder)).toMatchObject({ signal: null, status: 0, stdout: expect.stringMatching(/^acked/) });
    expect(readdirSync(folder)).not.toContain('ballast');
  });
});

function run(child: string, folder: string) {
  const script = `import timers from 'node:timers/promises'; const core = await import(${JSON.stringify(CORE)}); const folder = ${JSON.stringify(folder)}; ${child}`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8', timeout: 60_000 });
}
