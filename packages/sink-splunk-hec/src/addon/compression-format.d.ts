/** A name of browsers' types that those of `nanotar` use, and that Node 20's have not. */
declare global {
  type CompressionFormat = 'deflate' | 'deflate-raw' | 'gzip';
}

export {};
