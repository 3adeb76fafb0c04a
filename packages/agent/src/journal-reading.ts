/** How a command that shows events comes to a journal, and to what is to be redacted. */
import { resolve } from 'node:path';
import type { RelayError } from '@audit-relay/core';
import { folderOf, isEmbedded, remote } from './config/journal.ts';
import { aboutDocuments, type Problem, problemList } from './config/problems.ts';
import { type Reading, readConfig } from './config/read.ts';
import { errorText } from './error-text.ts';
import type { ProcessIO } from './process-io.ts';

const DEFAULT_CONFIG = 'audit-relay.yaml';

export interface JournalChoice {
  /** Absent beside `journal` and `original`: none is read. */
  readonly config?: string;
  /** Goes before the configuration's. */
  readonly journal?: string;
  /** Nothing is redacted. */
  readonly original: boolean;
}

export interface ChosenJournal {
  /** Absolute. */
  readonly path: string;
  readonly reading: Reading | undefined;
}

/** Undefined when the configuration does not say enough, which was told. A variable that is not set in this shell is no hindrance. */
export async function chooseJournal(choice: JournalChoice, io: ProcessIO): Promise<ChosenJournal | undefined> {
  const { config, journal, original } = choice;
  // What is to be redacted stands in a configuration, so it takes one unless nothing is.
  const isBare = config === undefined && journal !== undefined && original;
  const reading = isBare ? undefined : await readConfig(config ?? DEFAULT_CONFIG, io);
  const elsewhere = journal === undefined ? elsewhereOf(reading) : undefined;
  if (elsewhere !== undefined) {
    io.talk(errorText(elsewhere));
    return undefined;
  }
  const hindrances = hindrancesAmong(reading, journal);
  const path = journal ?? (reading?.journal && folderOf(reading.journal));
  if (hindrances.length === 0 && path !== undefined) return { path: resolve(path), reading };
  io.talk(`${problemList(hindrances)}Without a configuration: --original --journal <folder>.\n`);
  return undefined;
}

/** Why there is no folder to read. Undefined: there may be one. */
function elsewhereOf(reading: Reading | undefined): RelayError | undefined {
  const configured = reading?.journal;
  return configured === undefined || isEmbedded(configured) ? undefined : remote(configured);
}

function hindrancesAmong(reading: Reading | undefined, journal: string | undefined): readonly Problem[] {
  const { problems = [] } = reading ?? {};
  const ofJournal = problems.filter(({ level, path }) => level === 'error' && /^journal\b/.test(path));
  return [...aboutDocuments(problems), ...(journal === undefined ? ofJournal : [])];
}
