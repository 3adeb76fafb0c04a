/**
 * Which partition a key belongs to: as the Java client says, so that what others write with the same key stands beside
 * ours, and a stream that joins by key finds it. Kafka's `Utils.murmur2` and `BuiltInPartitioner.partitionForKey`
 * (github.com/apache/kafka, clients 4.0), bit for bit; kafkajs has the same in arithmetic of big integers, which is slow.
 */

const SEED = 0x9747b28c;
const M = 0x5bd1e995;
const R = 24;

/** Java's `Utils.murmur2` of the bytes: a signed 32-bit number. */
export function murmur2(bytes: Uint8Array): number {
  const { length } = bytes;
  const whole = length & ~3;
  let hash = SEED ^ length;
  for (let at = 0; at < whole; at += 4) {
    hash =
      Math.imul(hash, M) ^
      mixed(byteAt(bytes, at, 0) | byteAt(bytes, at, 1) | byteAt(bytes, at, 2) | byteAt(bytes, at, 3));
  }
  const rest = length - whole;
  if (rest > 0) {
    for (let index = rest - 1; index >= 0; index -= 1) hash ^= byteAt(bytes, whole, index);
    hash = Math.imul(hash, M);
  }
  hash ^= hash >>> 13;
  hash = Math.imul(hash, M);
  return hash ^ (hash >>> 15);
}

/** The place in a topic of `partitions` partitions of a record with this key. */
export function partitionOf(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions;
}

function mixed(word: number): number {
  const product = Math.imul(word, M);
  return Math.imul(product ^ (product >>> R), M);
}

/** The byte at `start + index`, in its place of a little-endian word. */
function byteAt(bytes: Uint8Array, start: number, index: number): number {
  return (bytes[start + index] ?? 0) << (8 * index);
}
