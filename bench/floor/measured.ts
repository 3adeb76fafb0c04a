/** CPU of one whole process, by Linux: the bare loop's, and the relay's own command from its start until all events are acked. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { LoopOrder } from './loop.ts';

const LOOP = fileURLToPath(new URL('loop.js', import.meta.url));
const NULL_SINK = fileURLToPath(new URL('null-sink.js', import.meta.url));
const AGENT = fileURLToPath(new URL('../../../packages/agent/bin/audit-relay.js', import.meta.url));
/** Clock ticks a second in /proc: `getconf CLK_TCK`, which is 100 on every Linux that Node runs on. */
const TICKS = 100;
/** Between two looks at the relay's status, each a millisecond of its CPU: on a machine with much else to do a run takes minutes. */
const LOOK_MS = 1_000;
const DAY_MS = 86_400_000;

/** Sinks as in YAML, by their names. */
export type Sinks = Readonly<Record<string, object>>;

export interface RelayOrder {
  /** Of the API, with its `/v1`. */
  readonly api: string;
  readonly sinks: Sinks;
  readonly events: number;
  /** How far back the log reaches. */
  readonly spanDays: number;
  /** For Node, before the program. */
  readonly flags?: readonly string[];
}

export const NULL: Sinks = { sink: { type: NULL_SINK } };

/** User and system, in seconds, of a process with all its threads, or of `<pid>/task/<tid>`. From Linux's /proc, fields 14 and 15 of `stat`. */
function cpuSecondsOf(task: string): number {
  const stat = readFileSync(`/proc/${task}/stat`, 'utf8');
  // The second field is the program's name, which may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** CPU seconds of the bare loop from its start to its last event. */
export async function loopSeconds(order: LoopOrder, events: number): Promise<number> {
  const child = spawn(process.execPath, [LOOP, JSON.stringify(order)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  // The process is still there: it has closed nothing yet.
  const seconds = cpuSecondsOf(String(child.pid));
  await ended;
  const { events: made } = JSON.parse(String(line)) as { readonly events: number };
  if (made !== events) throw new Error(`the loop saw ${made} events of ${events}`);
  return seconds;
}

export interface RelayCpu {
  readonly seconds: number;
  /** Of that, the thread that runs JavaScript; the others collect garbage, compile and run zlib. */
  readonly mainSeconds: number;
}

/** CPU of `audit-relay run` from its start until every sink has acked every event. */
export async function relayCpu(order: RelayOrder): Promise<RelayCpu> {
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-bench-'));
  const config = join(folder, 'audit-relay.yaml');
  writeFileSync(config, JSON.stringify(configOf(order, folder)));
  const child = spawn(process.execPath, [...(order.flags ?? []), AGENT, 'run', '--config', config], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  try {
    const url = await addressOf(child);
    await allAcked(url, order);
    const { pid = 0 } = child;
    return { seconds: cpuSecondsOf(`${pid}`), mainSeconds: cpuSecondsOf(`${pid}/task/${pid}`) };
  } finally {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
    rmSync(folder, { recursive: true, force: true });
  }
}

function configOf({ api, sinks, spanDays }: RelayOrder, folder: string): object {
  const start = new Date(Date.now() - (spanDays + 1) * DAY_MS).toISOString().replace(/\.\d+Z$/, 'Z');
  return {
    sources: {
      bench: {
        type: 'openai',
        api_key: 'sk-admin-simulator',
        base_url: api,
        backfill_start_time: start,
        requests_per_second: 100,
      },
    },
    journal: { path: join(folder, 'journal'), max_bytes: '4GiB' },
    sinks,
    http: { listen: '127.0.0.1:0' },
  };
}

/** The line of the log that names the port. What else it logs is read and let go. */
async function addressOf(child: ChildProcess): Promise<string> {
  let found: (url: string) => void = () => undefined;
  const address = new Promise<string>((resolve) => {
    found = resolve;
  });
  let tail = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (part: Buffer) => {
      tail = `${tail}${part.toString()}`.slice(-2_000);
      const url = /(http:\/\/127\.0\.0\.1:\d+)/.exec(tail.replaceAll('\\', ''))?.[1];
      if (url !== undefined) found(url);
    });
  }
  const ended = once(child, 'exit').then(() => Promise.reject(new Error(`the relay ended: ${tail}`)));
  ended.catch(() => undefined);
  return Promise.race([address, ended]);
}

interface Status {
  readonly sources: Readonly<
    Record<string, { readonly feeds: Readonly<Record<string, { readonly windows: number }>> }>
  >;
  readonly lanes: Readonly<Record<string, { readonly acked: number; readonly problem?: string }>>;
}

/** An empty log has been read when each feed has committed a window. */
async function allAcked(url: string, { events }: RelayOrder): Promise<void> {
  for (;;) {
    // The relay's own, as its documentation has it.
    const { lanes, sources } = (await (await fetch(`${url}/status`)).json()) as Partial<Status>;
    const isRead = Object.values(sources?.['bench']?.feeds ?? {}).every(({ windows }) => windows > 0);
    const all = Object.values(lanes ?? {});
    if (all.length > 0 && isRead && all.every(({ acked }) => acked >= events)) return;
    const problem = all.find(({ problem: found }) => found !== undefined)?.problem;
    if (problem !== undefined) throw new Error(`the relay says: ${problem}`);
    await sleep(LOOK_MS);
  }
}
