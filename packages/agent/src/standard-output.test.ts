import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { descriptorWriter, errorOutput, standardOutput } from './standard-output.ts';

describe('a descriptor', () => {
  test.each([
    { room: 100, fails: false, text: 'first\nsecond\n' },
    { room: 0, fails: true, text: 'second\n' },
    // What is torn ends there: the next line is whole.
    { room: 3, fails: true, text: 'fir\nsecond\n' },
  ])('with room for $room bytes', ({ room, fails, text }) => {
    let left = room;
    let written = '';
    const write = descriptorWriter(2, (_, bytes) => {
      if (left === 0) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
      const taken = Math.min(2, left, bytes.length);
      written += bytes.subarray(0, taken).toString();
      left -= taken;
      return taken;
    });
    expect(write('first\n') !== undefined).toBe(fails);
    left = 100;
    expect(write('second\n')).toBe(undefined);
    expect(written).toBe(text);
  });
});

describe('a stream', () => {
  const broken = Object.assign(new Error('write'), { code: 'EPIPE' });

  test('that breaks ends nobody, and takes no more', async () => {
    const stderr = new Writable({ write: (_chunk, _encoding, done) => done(broken) });
    const talk = errorOutput({ stderr }, () => false);
    expect(talk('a\n')).toBe(true);
    await new Promise((resolve) => setImmediate(resolve));
    expect(talk('b\n')).toBe(false);
    const stdout = new Writable({ write: (_chunk, _encoding, done) => done(broken) });
    const out = standardOutput({ stdout }, () => false);
    out('a\n');
    await new Promise((resolve) => setImmediate(resolve));
    expect(() => out('b\n')).not.toThrow();
  });

  test('whose reader stands still does not fill the memory', () => {
    const stderr = new Writable({ write: () => undefined });
    const talk = errorOutput({ stderr }, () => false);
    const lines = Array.from({ length: 5_000 }, () => talk('x'.repeat(1_000)));
    expect(lines.filter((isTaken) => isTaken).length).toBeLessThan(1_100);
    expect(lines.slice(0, 1_000).every((isTaken) => isTaken)).toBe(true);
  });
});
