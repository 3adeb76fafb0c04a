/** A look at everything where no folder can be read: what the agent says by its own HTTP endpoint. */
import { RelayError, type RelayStatus } from '@audit-relay/core';
import type { HttpConfig } from '../config/schema.ts';
import type { SinkRule } from '../exclusions.ts';
import { type StatusView, statusView } from './view.ts';

/** One look at everything; `live` is the agent's own word, absent while none answers. */
export interface StatusLook {
  readonly view: StatusView;
  readonly live?: RelayStatus;
}

/** A person waits for it. */
const ANSWER_MS = 5_000;

/** @throws RelayError `AGENT_GONE` when nobody answers there, `AGENT_SILENT` when it is not (yet) an agent's status. */
export async function lookAtAgent(
  journal: string,
  { listen: { host, port }, token }: HttpConfig,
  rules: readonly SinkRule[],
): Promise<StatusLook> {
  const name = host.includes(':') ? `[${host}]` : host;
  const url = `http://${isEverywhere(host) ? '127.0.0.1' : name}:${port}/status`;
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const answer = await fetch(url, { headers, signal: AbortSignal.timeout(ANSWER_MS) }).catch(() => undefined);
  if (answer === undefined)
    throw new RelayError('AGENT_GONE', `no agent answers at ${url}: start it, or ask where it runs`);
  // An agent writes its own status there.
  const live = (await answer.json().catch(() => ({}))) as Partial<RelayStatus>;
  if (!answer.ok || !isStatus(live)) {
    throw new RelayError(
      'AGENT_SILENT',
      `${url} answers with ${answer.status} and no status: it is just starting, or is another's`,
    );
  }
  return { view: statusView({ journal, ...live.journal, checkpoints: {} }, live, rules), live };
}

function isStatus(body: Partial<RelayStatus>): body is RelayStatus {
  return [body.sources, body.lanes, body.journal].every((part) => typeof part === 'object' && part !== null);
}

function isEverywhere(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}
