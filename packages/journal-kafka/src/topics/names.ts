/** The journal's topics, groups and transactional ids by their names, and which partition a source lives in. */
import { createHash } from 'node:crypto';

export interface Names {
  /** Chunks of entries. */
  readonly entries: string;
  /** Compacted: checkpoints, bindings, malformed records, by source. */
  readonly state: string;
  /** Compacted: seen ids, by source and hour. */
  readonly ids: string;
  /** Compacted: what lanes keep beside their committed offsets. */
  readonly lanes: string;
  /** The group that spreads partitions over collectors. */
  readonly collectors: string;
}

export function namesOf(prefix: string): Names {
  const named = (what: string): string => `${prefix}.${what}`;
  return {
    entries: named('entries'),
    state: named('state'),
    ids: named('ids'),
    lanes: named('lanes'),
    collectors: named('collectors'),
  };
}

export function transactionalIdOf(prefix: string, partition: number): string {
  return `${prefix}.${partition}`;
}

/** The same for ever: a source whose partition changed would lose its ids and its place. */
export function partitionOf(source: string, partitions: number): number {
  return createHash('sha256').update(source).digest().readUInt32BE() % partitions;
}
