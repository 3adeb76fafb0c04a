/**
 * The body of a request as an Observability Pipelines Worker reads it whose source is the Datadog Agent: Vector's source of that
 * name (github.com/vectordotdev/vector, `src/sources/datadog_agent`), which takes entries of exactly these keys and no others.
 */
import type { Entry } from './logs.ts';

const TEXTS = ['message', 'status', 'hostname', 'service', 'ddsource', 'ddtags'];

/** Undefined: refused. */
export function workerEntries(text: string): readonly Entry[] | undefined {
  // What the Agent sends to keep a connection.
  if (text === '' || text === '{}') return [];
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return undefined;
  }
  return Array.isArray(body) && body.every(isAgentEntry) ? body : undefined;
}

function isAgentEntry(value: unknown): value is Entry {
  const { timestamp, ...texts } = Object(value) as Entry;
  const isComplete = Object.keys(texts).sort().join() === [...TEXTS].sort().join();
  return (
    isComplete && Number.isSafeInteger(timestamp) && Object.values(texts).every((text) => typeof text === 'string')
  );
}
