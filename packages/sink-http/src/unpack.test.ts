/** Codings as servers write them, and bodies that are not what they say. */
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { type UnpackLimits, unpack } from './unpack.ts';

const PLAIN = Buffer.from('{"data":[]}');
const LIMITS: UnpackLimits = { maxBytes: 1_000, mayTake: () => true };

test.each<{ encoding: string | undefined; sent: Buffer }>([
  { encoding: undefined, sent: PLAIN },
  { encoding: '', sent: PLAIN },
  { encoding: 'identity', sent: PLAIN },
  { encoding: 'gzip', sent: gzipSync(PLAIN) },
  { encoding: 'GZIP', sent: gzipSync(PLAIN) },
  { encoding: 'x-gzip', sent: gzipSync(PLAIN) },
  { encoding: 'gzip, identity', sent: gzipSync(PLAIN) },
  { encoding: ' identity ,Gzip', sent: gzipSync(PLAIN) },
  { encoding: 'deflate', sent: deflateSync(PLAIN) },
  { encoding: 'deflate', sent: deflateRawSync(PLAIN) },
  { encoding: 'br', sent: brotliCompressSync(PLAIN) },
  { encoding: 'deflate, gzip', sent: gzipSync(deflateSync(PLAIN)) },
])('$encoding is undone', async ({ encoding, sent }) => {
  const unpacked = await unpack(sent, encoding, LIMITS);
  expect(unpacked.kind === 'body' && Buffer.from(unpacked.body).toString()).toBe(PLAIN.toString());
});

test.each<{ name: string; encoding: string; sent: Buffer; kind: string }>([
  { name: 'plain text with the label gzip', encoding: 'gzip', sent: PLAIN, kind: 'unreadable' },
  { name: 'nothing with the label gzip', encoding: 'gzip', sent: Buffer.alloc(0), kind: 'unreadable' },
  { name: 'gzip that is cut', encoding: 'gzip', sent: gzipSync(PLAIN).subarray(0, 15), kind: 'unreadable' },
  { name: 'plain text with the label br', encoding: 'br', sent: PLAIN, kind: 'unreadable' },
  { name: 'plain text with the label deflate', encoding: 'deflate', sent: PLAIN, kind: 'unreadable' },
  { name: 'a coding that nobody asked for', encoding: 'zstd', sent: PLAIN, kind: 'unknown' },
  { name: 'a dozen codings', encoding: Array(12).fill('gzip').join(), sent: PLAIN, kind: 'unknown' },
  { name: 'a bomb', encoding: 'gzip', sent: gzipSync(Buffer.alloc(2_000)), kind: 'too_large' },
  { name: 'a bomb in br', encoding: 'br', sent: brotliCompressSync(Buffer.alloc(2_000)), kind: 'too_large' },
  {
    name: 'a bomb in a bomb',
    encoding: 'gzip, gzip',
    sent: gzipSync(gzipSync(Buffer.alloc(2_000))),
    kind: 'too_large',
  },
])('$name is $kind', async ({ encoding, sent, kind }) => {
  expect(await unpack(sent, encoding, LIMITS)).toEqual({ kind });
});

test('what comes out may be as large as allowed, and no byte larger', async () => {
  expect(await unpack(gzipSync(Buffer.alloc(1_000)), 'gzip', LIMITS)).toMatchObject({ kind: 'body' });
  expect(await unpack(gzipSync(Buffer.alloc(1_001)), 'gzip', LIMITS)).toEqual({ kind: 'too_large' });
});

test.each<{ name: string; encoding: string; sent: Buffer; asked: readonly number[] }>([
  { name: 'gzip says before how much comes out', encoding: 'gzip', sent: gzipSync(Buffer.alloc(900)), asked: [900] },
  {
    name: 'of other codings it is known after',
    encoding: 'br',
    sent: brotliCompressSync(Buffer.alloc(900)),
    asked: [900],
  },
  { name: 'what says more than is allowed is looked at', encoding: 'gzip', sent: Buffer.alloc(30, 0xff), asked: [] },
])('$name, and without room for it it is given up', async ({ encoding, sent, asked }) => {
  const seen: number[] = [];
  const mayTake = (bytes: number): boolean => seen.push(bytes) < 0;
  const { kind } = await unpack(sent, encoding, { ...LIMITS, mayTake });
  expect({ seen, kind }).toEqual({ seen: asked, kind: asked.length === 0 ? 'unreadable' : 'too_large' });
});

test('a body that is larger than its trailer says, or than what is unpacked on the spot, comes whole and within its bound', async () => {
  const parts = [Buffer.alloc(700_000, 'a'), Buffer.from('b')];
  // Two members are one body, and the trailer speaks of the second alone.
  const lying = Buffer.concat(parts.map((part) => gzipSync(part)));
  const honest = gzipSync(Buffer.concat(parts));
  for (const sent of [lying, honest]) {
    const unpacked = await unpack(sent, 'gzip', { maxBytes: 1_000_000, mayTake: () => true });
    expect(unpacked.kind === 'body' && Buffer.concat(parts).equals(unpacked.body)).toBe(true);
    expect(await unpack(sent, 'gzip', { maxBytes: 700_000, mayTake: () => true })).toEqual({ kind: 'too_large' });
  }
});
