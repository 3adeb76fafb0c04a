/** `audit-relay status`: how far everything is, from the journal itself and from the agent that runs on it. */
import { resolve } from 'node:path';
import { type RelayStatus, readJournal } from '@audit-relay/core';
import { isEmbedded, nameOf } from '../config/journal.ts';
import { problemList } from '../config/problems.ts';
import { readConfig } from '../config/read.ts';
import { errorText } from '../error-text.ts';
import { rulesOf, type SinkRule } from '../exclusions.ts';
import { EXIT, type ProcessIO } from '../process-io.ts';
import { type JournalReader, relayOf } from '../relay-access.ts';
import { lookAtAgent, type StatusLook } from '../status/agent-look.ts';
import { statusText } from '../status/text.ts';
import { isWell, statusView } from '../status/view.ts';
import { codeOf } from '../stopping.ts';

/** What the command line said; `journal` goes before `config`. */
export interface StatusOptions {
  readonly config: string;
  /** Instead of a configuration: the journal's folder. */
  readonly journal?: string;
  readonly json: boolean;
  /** Again and again, with so many milliseconds in between, until a signal ends it. */
  readonly watchMs?: number;
}

/**
 * Resolves with the exit code: 1 when no agent runs, or a feed or a sink of it is not well, so that a script may watch
 * it. A variable that is not set in this shell is no hindrance.
 */
export async function status(options: StatusOptions, io: ProcessIO): Promise<number> {
  const look = options.journal === undefined ? await configured(options, io) : lookIn(options.journal);
  if (look === undefined) return EXIT.badConfig;
  try {
    if (options.watchMs !== undefined) {
      const { watchStatus } = await import('../watch/watch-status.ts');
      return await watchStatus({ look, json: options.json, intervalMs: options.watchMs }, io);
    }
    const { view } = await look();
    io.out(options.json ? `${JSON.stringify(view, null, 2)}\n` : statusText(view));
    return isWell(view) ? EXIT.done : EXIT.failed;
  } catch (error) {
    io.talk(errorText(error));
    return EXIT.failed;
  }
}

/** @throws what `readJournal` does */
async function lookAt(journal: string, rules: readonly SinkRule[]): Promise<StatusLook> {
  const reader = await readJournal(journal);
  try {
    const account = { journal, ...reader.stats(), checkpoints: reader.checkpoints() };
    const answer = await liveStatus(reader);
    const view = statusView(account, answer, rules);
    return answer === undefined || answer === 'silent' ? { view } : { view, live: answer };
  } finally {
    await reader.close();
  }
}

type Look = () => Promise<StatusLook>;

function lookIn(folder: string, rules: readonly SinkRule[] = []): Look {
  return () => lookAt(resolve(folder), rules);
}

/** In the journal's folder; of one that is in none, at the agent that has this configuration. */
async function configured(options: StatusOptions, io: ProcessIO): Promise<Look | undefined> {
  const { config, journal, problems } = await readConfig(options.config, io);
  const rules = rulesOf(config?.sinks ?? {});
  if (journal !== undefined && isEmbedded(journal)) return lookIn(journal.path, rules);
  if (config !== undefined && !isEmbedded(config.journal)) {
    const name = nameOf(config.journal);
    return () => lookAtAgent(name, config.http, rules);
  }
  const isAbout = (path: string): boolean => journal !== undefined || path === '' || path.startsWith('journal');
  const about = problems.filter(({ path }) => isAbout(path));
  io.talk(`${problemList(about)}Or name the journal itself with --journal.\n`);
  return undefined;
}

/** Undefined when no agent runs on the journal; `silent` when one does and says nothing. */
async function liveStatus(reader: JournalReader): Promise<RelayStatus | 'silent' | undefined> {
  try {
    return await relayOf(reader).status();
  } catch (error) {
    return codeOf(error) === 'AGENT_GONE' ? undefined : 'silent';
  }
}
