/**
 * `@audit-relay/core/journal`: what a journal outside of the core is made of, so that what the embedded one decides is not
 * decided a second time. No part of the public interface: it changes with the core, which is why both have one version.
 */

export { fired } from '../abort-signals.ts';
export { duration, size } from '../config/units.ts';
export type { Entry } from '../entry.ts';
export { hasCode, RelayError } from '../errors.ts';
export type { Runtime } from '../runtime.ts';
export { Signal } from '../signal.ts';
export { adoptOrigin, type Origin } from './binding.ts';
export { decodeChunk } from './chunk.ts';
export { type ConfigurableStore, configureJournal } from './configure.ts';
export type { DeadLetters } from './dead-letter.ts';
export { keepEvidence } from './evidence.ts';
export type {
  Cursor,
  Journal,
  JournalConfiguration,
  JournaledEntry,
  JournalStats,
  LaneBegin,
  LaneJournal,
  LaneLaw,
  LaneStart,
  LaneStats,
  Sharing,
  SourceJournal,
  Unwritable,
} from './journal.ts';
export type { JournalOpener, JournalPlugin, JournalRoles } from './opener.ts';
export type { Position, SettledCounts } from './position.ts';
export type { LaneReplays, Replays } from './replay.ts';
export { JournalFull } from './room.ts';
export { SeenIds } from './seen-ids.ts';
export { firstUnsettled, isSettled, joinSettled, lawOf, type Present } from './settled.ts';
export type { Share } from './sharing.ts';
export { type SourceParts, StoredSourceJournal } from './source-journal.ts';
export type { ChunkKey, Store, TableName } from './store.ts';
export { FORMAT, type StoredCursor, type StoredMeta } from './stored.ts';
export type { Key, Range, Table } from './table.ts';
export type { Decision, Space } from './writer.ts';
