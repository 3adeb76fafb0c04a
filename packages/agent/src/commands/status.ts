/** `audit-relay status`: how far everything is, from the journal itself and from the agent that runs on it. */
import { resolve } from 'node:path';
import { readJournal } from '@audit-relay/core';
import { readConfig } from '../config/read.ts';
import { type ListenAddress, parseListen } from '../config/schema.ts';
import type { StatusBody } from '../http/server.ts';
import { type JournalAccount, statusText, statusView } from '../status-view.ts';
import { codeOf, messageOf } from '../stopping.ts';
import { EXIT, type Surroundings } from '../surroundings.ts';

/** What the command line said; `journal` goes before `config`. */
export interface StatusOptions {
  readonly config: string;
  /** Instead of a configuration: the journal's folder. */
  readonly journal?: string;
  readonly json: boolean;
}

const DEFAULT_LISTEN = '127.0.0.1:9464';
/** An agent on this host answers at once, or something else has its port. */
const LIVE_TIMEOUT_MS = 2_000;

/** Resolves with the exit code. A variable that is not set in this shell is no hindrance. */
export async function status(options: StatusOptions, surroundings: Surroundings): Promise<number> {
  const place = await placeOf(options, surroundings);
  if (place === undefined) return EXIT.badConfig;
  const path = resolve(place.journal);
  try {
    const reader = readJournal(path);
    const account: JournalAccount = { ...reader.stats(), checkpoints: reader.checkpoints() };
    await reader.close();
    const view = statusView(path, account, await liveStatus(place.listen, path));
    surroundings.out(options.json ? `${JSON.stringify(view, null, 2)}\n` : statusText(view));
    return EXIT.done;
  } catch (error) {
    surroundings.talk(`${codeOf(error) ?? 'UNCAUGHT'}: ${messageOf(error)}\n`);
    return EXIT.failed;
  }
}

async function placeOf(
  options: StatusOptions,
  surroundings: Surroundings,
): Promise<{ readonly journal: string; readonly listen: ListenAddress | undefined } | undefined> {
  if (options.journal !== undefined) return { journal: options.journal, listen: parseListen(DEFAULT_LISTEN) };
  const { journal, http, problems } = await readConfig(options.config, surroundings.env);
  if (journal !== undefined) return { journal: journal.path, listen: http?.listen };
  const about = problems.filter(({ path }) => path === '' || path.startsWith('journal'));
  surroundings.talk(
    `${about.map(({ expected }) => `${options.config}: ${expected}`).join('\n')}\nOr name the journal itself with --journal.\n`,
  );
  return undefined;
}

/** Undefined when nothing answers there, or an agent with another journal. */
async function liveStatus(listen: ListenAddress | undefined, journal: string): Promise<StatusBody | undefined> {
  if (listen === undefined || listen.port === 0) return undefined;
  const host = listen.host === '0.0.0.0' || listen.host === '::' ? '127.0.0.1' : listen.host;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${listen.port}/status`;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(LIVE_TIMEOUT_MS), redirect: 'error' });
    // Whoever says that it runs on our journal is our agent, of this version or another.
    const body = (await response.json()) as Partial<StatusBody>;
    return body.agent?.journal === journal && body.sources !== undefined ? (body as StatusBody) : undefined;
  } catch {
    return undefined;
  }
}
