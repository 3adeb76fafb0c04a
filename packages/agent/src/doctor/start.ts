/** What the doctor says of a start: whether anything would refuse it that the other parts do not look at. */
import { type JournalConfig, readJournal, startRefusals } from '@audit-relay/core';
import type { Check } from '@audit-relay/sink';
import { isEmbedded, nameOf } from '../config/journal.ts';
import type { AgentConfig } from '../config/schema.ts';
import { listenHttp } from '../http/server.ts';
import type { AgentLog } from '../log.ts';
import { systemRuntime } from '../runtime.ts';
import { codeOf, messageOf } from '../stopping.ts';

const FREE: Check = { name: 'start', verdict: 'ok', detail: 'nothing keeps an agent from starting' };

/** Never rejects. An agent that runs on the journal has its port, and is no hindrance to be told. */
export async function startChecks(config: AgentConfig, { log }: AgentLog): Promise<readonly Check[]> {
  const { sources, sinks } = config;
  const embedded = isEmbedded(config.journal) ? config.journal : undefined;
  const journal = embedded === undefined ? 'free' : await journalState(embedded);
  const start = { journal: embedded, sources, sinks, runtime: systemRuntime(log) };
  const refusals = [
    ...(await startRefusals(start, journal !== 'unreadable')),
    ...(journal === 'held' ? [] : await portRefusals(config)),
  ];
  return refusals.length === 0 ? [FREE] : refusals.map(refused);
}

function refused(error: unknown): Check {
  const code = codeOf(error);
  const fix = code === undefined ? 'report it to the sink’s author' : `docs/ERRORS.md says what to do: ${code}`;
  return { name: code ?? 'error', verdict: 'fail', detail: messageOf(error), fix };
}

async function journalState({ path }: JournalConfig): Promise<'held' | 'free' | 'unreadable'> {
  try {
    const reader = await readJournal(path);
    try {
      return (await reader.isHeld()) ? 'held' : 'free';
    } finally {
      await reader.close();
    }
  } catch {
    return 'unreadable'; // or not there yet: the journal's own part says which
  }
}

/** Tries it: takes the port for a moment. */
async function portRefusals({ http, journal }: AgentConfig): Promise<readonly unknown[]> {
  try {
    const server = await listenHttp({
      listen: http.listen,
      journal: nameOf(journal),
      shown: () => ({ state: 'opening' }),
      access: () => http,
      runtime: systemRuntime(() => undefined),
      configuration: () => '',
      clean: (text) => text,
    });
    await server.close();
    return [];
  } catch (error) {
    return [error];
  }
}
