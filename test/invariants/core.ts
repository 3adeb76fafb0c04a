/**
 * The seams of the core below its public face: a source whose client and time are given to it, and the journal
 * that it writes to. Users have no use for them, so `@audit-relay/core` does not export them; simulations in a
 * time of their own cannot do without. With `test/mapping/`, the one place in `test/` that reaches past a package's
 * door.
 */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

type SourceModule = typeof import('../../packages/core/dist/source/source.js');
type JournalModule = typeof import('../../packages/core/dist/journal/open.js');
type BudgetModule = typeof import('../../packages/core/dist/source/api/byte-budget.js');
type LaneModule = typeof import('../../packages/core/dist/lane/lane.js');

export type { Runtime } from '@audit-relay/core';
export type { Entry, Feed } from '../../packages/core/dist/entry.js';
export type { Checkpoint, Span } from '../../packages/core/dist/journal/checkpoint.js';
export type { FeedCommit, Journal, SourceJournal } from '../../packages/core/dist/journal/journal.js';
export type { Client, Reply } from '../../packages/core/dist/source/api/client.js';
export type { SourceConfig } from '../../packages/core/dist/source/config.js';
export type { Source } from '../../packages/core/dist/source/source.js';

/** Where the built core is, seen from these files and from what is built of them alike. */
const home = pathToFileURL(createRequire(import.meta.url).resolve('@audit-relay/core'));

// A module that is named at run time has no static type; these are the modules that the types above come from.
const sourceModule = (await import(new URL('source/source.js', home).href)) as SourceModule;
const journalModule = (await import(new URL('journal/open.js', home).href)) as JournalModule;
const budgetModule = (await import(new URL('source/api/byte-budget.js', home).href)) as BudgetModule;
const laneModule = (await import(new URL('lane/lane.js', home).href)) as LaneModule;

export const openSource: SourceModule['openSource'] = sourceModule.openSource;
export const openJournal: JournalModule['openJournal'] = journalModule.openJournal;
export const ByteBudget: BudgetModule['ByteBudget'] = budgetModule.ByteBudget;
export const openLane: LaneModule['openLane'] = laneModule.openLane;
