/** Servers that benches need beside the simulator: each in a process of its own, so that its CPU time is not ours. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Compiled by `npm run bench`, as everything. */
const SERVE = fileURLToPath(new URL('../../test/dist/services/elasticsearch/serve.js', import.meta.url));
const SERVE_KAFKA = fileURLToPath(new URL('../../test/dist/services/kafka/serve.js', import.meta.url));
const HEC_PEER = fileURLToPath(new URL('hec-peer.js', import.meta.url));
const LOGS_PEER = fileURLToPath(new URL('logs-peer.js', import.meta.url));
const PEER = fileURLToPath(new URL('floor/peer.js', import.meta.url));
const BULK_PEER = fileURLToPath(new URL('bulk-peer.js', import.meta.url));

/** Runs `work` against a real Elasticsearch. */
export function withElasticsearch(work: (url: string) => Promise<void>): Promise<void> {
  return withServer(SERVE, work);
}

/** Runs `work` against a real broker of Kafka, named as `host:port`. */
export function withKafka(work: (broker: string) => Promise<void>): Promise<void> {
  return withServer(SERVE_KAFKA, (url) => work(new URL(url).host));
}

/** Runs `work` against the peers of Elasticsearch, Splunk and Datadog at one address, which say yes to everything and store nothing. */
export function withPeer(work: (url: string) => Promise<void>): Promise<void> {
  return withServer(PEER, work);
}

/** Runs `work` against a server that says yes to every bulk and stores nothing. */
export function withBulkPeer(work: (url: string) => Promise<void>): Promise<void> {
  return withServer(BULK_PEER, work);
}

/** Runs `work` against a collector of Splunk's protocol that says yes to everything and stores nothing. @param acks as `hec-peer.ts` has it. */
export function withHecPeer(work: (url: string) => Promise<void>, acks?: 'acks' | 'waits'): Promise<void> {
  return withServer(HEC_PEER, work, acks === undefined ? [] : [acks]);
}

/** Runs `work` against a server that says yes to all logs as Datadog's intake does, and stores nothing. */
export function withLogsPeer(work: (url: string) => Promise<void>): Promise<void> {
  return withServer(LOGS_PEER, work);
}

/** A program that prints where it listens, and ends with its stdin: also when this process is killed. */
async function withServer(
  program: string,
  work: (url: string) => Promise<void>,
  args: readonly string[] = [],
): Promise<void> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    await work(await urlOf(child));
  } finally {
    child.stdin.end();
    if (child.exitCode === null) await once(child, 'exit');
  }
}

/** Waits for the line that names the address of a server that was just spawned. */
export async function urlOf(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('the server has no stdout');
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /listening on (\S+)/.exec(line)?.[1];
    if (url !== undefined) return url;
  }
  throw new Error('the server ended before it listened');
}
