/**
 * How a relay comes to its journal: the embedded one by what is configured of it, any other by whoever opens it. This is what a
 * package with a journal of its own exports; the agent loads it when `journal.type` names it.
 */
import type { SetupStep } from '@audit-relay/sink';
import type { z } from 'zod';
import type { Runtime } from '../runtime.ts';
import type { JournalConfig } from './config.ts';
import type { Journal } from './journal.ts';
import { openJournal } from './open.ts';

/** A journal that can be opened, and opened again after it was closed. */
export interface JournalOpener {
  /** @throws RelayError `JOURNAL_*` */
  open(runtime: Runtime): Promise<Journal>;
}

/** What of the work a process does, where several share a journal. */
export interface JournalRoles {
  /** Reads sources. */
  readonly collect: boolean;
  /** Runs lanes. */
  readonly deliver: boolean;
}

/** A journal of another kind, as its package exports it. */
export interface JournalPlugin<Config> {
  /** As in YAML. */
  readonly type: string;
  readonly configSchema: z.ZodType<Config>;
  /** What tells one of its journals from another, for people: `kafka audit-relay at kafka-1:9092`. */
  name(config: Config): string;
  /** Touches nothing until it is opened. */
  opener(config: Config, roles: JournalRoles): JournalOpener;
  /** What a start would be refused for, a sentence each; changes nothing. @throws RelayError `JOURNAL_PEER` */
  problems(config: Config, runtime: Runtime): Promise<readonly string[]>;
  /** Makes at its peer what is missing, and changes nothing that is there; `dryRun`: says what it would make. @throws RelayError `JOURNAL_PEER` */
  setup(config: Config, given: { readonly runtime: Runtime; readonly dryRun: boolean }): Promise<readonly SetupStep[]>;
}

/** @throws as `openJournal` and openers do */
export function openJournalOf(journal: JournalConfig | JournalOpener, runtime: Runtime): Promise<Journal> {
  return 'open' in journal ? journal.open(runtime) : openJournal(journal, runtime);
}
