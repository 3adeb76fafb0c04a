import { describe, expect, test } from 'vitest';
import { type Compression, missingCodec } from './codecs.ts';

const absent = (name: string): never => {
  throw new Error(`Cannot find module ${name}`);
};

describe('a codec whose package is missing names the command that installs it', () => {
  const cases: readonly [compression: Compression, command: string | undefined][] = [
    ['none', undefined],
    ['gzip', undefined],
    ['snappy', 'npm install snappy'],
    ['lz4', 'npm install lz4-napi'],
  ];
  test.each(cases)('%s', (compression, command) => {
    expect(missingCodec(compression, absent)).toBe(command);
  });

  test.each(['snappy', 'lz4'] as const)('%s is there', (compression) => {
    expect(missingCodec(compression)).toBeUndefined();
  });
});
