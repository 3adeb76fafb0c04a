/** A process that says nothing and is told nothing; a test puts in what it looks at. */
import { Readable } from 'node:stream';
import type { ProcessIO } from './process-io.ts';

export const SILENT: ProcessIO = {
  env: {},
  hide: () => undefined,
  out: () => undefined,
  talk: () => undefined,
  columns: () => undefined,
  flushed: () => Promise.resolve(true),
  input: () => Readable.from([]),
};
