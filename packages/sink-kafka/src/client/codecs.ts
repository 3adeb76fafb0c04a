/** Compression: gzip comes with Node, the others are packages that who wants them installs beside this one. */
import { createRequire } from 'node:module';
import { CompressionCodecs, CompressionTypes } from './internals.ts';

export type Compression = 'gzip' | 'snappy' | 'lz4' | 'none';

const load = createRequire(import.meta.url);

/** The bytes of a batch's records, as kafkajs hands them over. */
interface Encoded {
  readonly buffer: Buffer;
}

interface Codec {
  compress(encoded: Encoded): Promise<Buffer>;
  decompress(bytes: Buffer): Promise<Buffer>;
}

/** What we use of the packages. */
interface Snappy {
  compress(bytes: Buffer): Promise<Buffer>;
  uncompress(bytes: Buffer): Promise<Buffer>;
}
interface Lz4 {
  compressFrame(bytes: Buffer): Promise<Buffer>;
  decompressFrame(bytes: Buffer): Promise<Buffer>;
}

/** The npm package of each codec that does not come with Node. */
const PACKAGES: Readonly<Partial<Record<Compression, string>>> = { snappy: 'snappy', lz4: 'lz4-napi' };

const TYPES: Readonly<Record<Compression, number>> = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
};

/** The command that installs what is missing; undefined where nothing is. @param loadIt throws where there is no such package. */
export function missingCodec(compression: Compression, loadIt: (name: string) => unknown = load): string | undefined {
  const name = PACKAGES[compression];
  if (name === undefined) return undefined;
  try {
    loadIt(name);
    return undefined;
  } catch {
    return `npm install ${name}`;
  }
}

/** kafkajs's number of a codec, which it knows from then on. @throws when its package is missing. */
export function useCodec(compression: Compression): number {
  const codec = codecOf(compression);
  if (codec !== undefined) Object.assign(CompressionCodecs, { [TYPES[compression]]: () => codec });
  return TYPES[compression];
}

function codecOf(compression: Compression): Codec | undefined {
  switch (compression) {
    case 'snappy': {
      // Types would need the package.
      const { compress, uncompress } = load('snappy') as Snappy;
      return { compress: ({ buffer }) => compress(buffer), decompress: uncompress };
    }
    case 'lz4': {
      const { compressFrame, decompressFrame } = load('lz4-napi') as Lz4;
      return { compress: ({ buffer }) => compressFrame(buffer), decompress: decompressFrame };
    }
    default:
      return undefined;
  }
}
