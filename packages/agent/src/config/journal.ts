/** `journal`: the embedded one by keys of the core's, another by those of the package that its `type` names. */
import { resolve } from 'node:path';
import { type JournalConfig, type JournalPlugin, journalConfigSchema, RelayError } from '@audit-relay/core';
import { loadJournalPlugin } from '../journal-plugin.ts';
import type { Role } from '../roles.ts';
import { check, type Notes } from './check.ts';
import { cleanedFindings, type Loading } from './sink.ts';

/** One that is not in a folder of this machine, as the file has it. */
export interface NamedJournal {
  /** As in YAML. */
  readonly type: string;
  /** All others, with variables put in. */
  readonly keys: Readonly<Record<string, unknown>>;
}

/** The same, its package loaded and its keys found good. */
export interface LoadedJournal extends NamedJournal {
  readonly plugin: JournalPlugin<unknown>;
  /** What `plugin.configSchema` made of them. */
  readonly config: unknown;
}

export function isEmbedded(journal: JournalConfig | NamedJournal): journal is JournalConfig {
  return !('keys' in journal);
}

/** Its folder, as the file has it. @throws RelayError `JOURNAL_REMOTE` */
export function folderOf(journal: JournalConfig | NamedJournal): string {
  return embeddedOf(journal).path;
}

/** @throws RelayError `JOURNAL_REMOTE` */
export function embeddedOf(journal: JournalConfig | NamedJournal): JournalConfig {
  if (isEmbedded(journal)) return journal;
  throw remote(journal);
}

/** What tells one journal from another: the folder's absolute path, or what its package calls it. */
export function nameOf(journal: JournalConfig | LoadedJournal): string {
  return isEmbedded(journal) ? resolve(journal.path) : journal.plugin.name(journal.config);
}

/** RelayError `ROLE_ALONE` where there is nobody for the other role. */
export function roleAlone(role: Role | undefined, journal: JournalConfig | NamedJournal): RelayError | undefined {
  if (role === undefined || !isEmbedded(journal)) return undefined;
  const why = 'an embedded journal is one agent’s, which collects and delivers';
  return new RelayError('ROLE_ALONE', `${why}: leave out --role, or share a journal by journal.type`);
}

/** To whoever asks for a folder. */
export function remote({ type }: NamedJournal): RelayError {
  const what = `this works with the folder of an embedded journal, and the configured one is of the type ${type}`;
  return new RelayError('JOURNAL_REMOTE', `${what}: ask the agents by their HTTP endpoints`);
}

/** The part that needs no module. Undefined when a finding was noted. */
export function readJournalKeys(value: unknown, notes: Notes): JournalConfig | NamedJournal | undefined {
  const { type, ...keys } = Object(value);
  const isOther = typeof type === 'string' && type !== '' && type !== 'embedded';
  return isOther ? { type, keys } : check({ schema: journalConfigSchema, value, path: ['journal'] }, notes);
}

/** Undefined when a finding was noted. */
export async function loadJournal(
  journal: JournalConfig | NamedJournal | undefined,
  { folder, secrets }: Loading,
  notes: Notes,
): Promise<JournalConfig | LoadedJournal | undefined> {
  if (journal === undefined || isEmbedded(journal)) return journal;
  const { type, keys } = journal;
  const loaded = await loadJournalPlugin(type, folder);
  if ('problem' in loaded) {
    notes.findings.push(...cleanedFindings([{ ...loaded.problem, path: ['journal', 'type'] }], secrets));
    return undefined;
  }
  const own: Notes = { ...notes, findings: [] };
  const { plugin } = loaded;
  const config = check({ schema: plugin.configSchema, value: keys, path: ['journal'], otherKeys: ['type'] }, own);
  notes.findings.push(...cleanedFindings(own.findings, secrets));
  return own.findings.length > 0 ? undefined : { type, keys, plugin, config };
}
