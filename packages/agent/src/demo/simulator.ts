/** Starts the demo's API as a child process, and ends it. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { RelayError } from '@audit-relay/core';

/** What makes the simulator's events; the same plan, the same events. */
export interface SimulatorPlan {
  readonly seed: number;
  /** Milliseconds since the epoch: the past ends and live events begin here. */
  readonly begunMs: number;
  /** Events in the time before. */
  readonly events: number;
  /** How far back they reach, in milliseconds. */
  readonly spanMs: number;
  /** Live events per second. */
  readonly rate: number;
  /** Also the records that come with the simulator. */
  readonly sample: boolean;
}

/** A simulated API that listens; it ends with this process at the latest. */
export interface DemoSimulator {
  /** The API's root: `http://127.0.0.1:40111/v1`. */
  readonly url: string;
  /** Opens the simulated API and nothing else. */
  readonly key: string;
  /** Seconds since the epoch. Absent: no events. */
  readonly oldestSeconds?: number;
  close(): void;
}

const SIMULATOR = '@audit-relay/openai-simulator';
const READY = /listening on (\S+) \(key ([^\s,]+)/;

/**
 * @param bin as `findSimulator` gives it.
 * @throws RelayError `DEMO_SIMULATOR` when the child ends before it listens.
 */
export async function startSimulatorProcess(bin: string, plan: SimulatorPlan): Promise<DemoSimulator> {
  const child = fork(bin, argumentsOf(plan), {
    execArgv: ['--import', new URL('./end-with-parent.js', import.meta.url).href],
    // Ctrl-C reaches every process of the terminal's group: this one is to stay until the relay has drained.
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const [, url = '', key = ''] = READY.exec(await firstLine(child)) ?? [];
  const oldestSeconds = await oldestOf(url);
  return {
    url,
    key,
    ...(oldestSeconds === undefined ? {} : { oldestSeconds }),
    close: () => {
      if (child.connected) child.disconnect();
    },
  };
}

/**
 * Its program, as a path. It is no dependency of the agent's: nothing that only a demo needs stands beside an admin key.
 * @throws RelayError `DEMO_SIMULATOR` when its package is not there.
 */
export function findSimulator(): string {
  try {
    const manifest = fileURLToPath(import.meta.resolve(`${SIMULATOR}/package.json`));
    return join(manifest, '..', 'bin', 'openai-simulator.js');
  } catch (error) {
    const fix = `npm install ${SIMULATOR}, in the folder that audit-relay is installed in`;
    throw new RelayError('DEMO_SIMULATOR', `the simulated API is a package of its own: ${fix}`, error);
  }
}

function argumentsOf({ seed, begunMs, events, spanMs, rate, sample }: SimulatorPlan): string[] {
  const values = {
    port: 0,
    seed,
    events,
    span: `${Math.ceil(spanMs / 1_000)}s`,
    rate,
    begun: new Date(begunMs).toISOString(),
  };
  return [...Object.entries(values).map(([flag, value]) => `--${flag}=${value}`), ...(sample ? ['--sample'] : [])];
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    if (child.stdout !== null) createInterface(child.stdout).once('line', resolve);
    child.once('error', reject);
    child.once('exit', (code) => {
      reject(new RelayError('DEMO_SIMULATOR', `the simulator ended with ${code} before it listened`));
    });
  });
}

/** From the simulator's own list of what there is; no API would tell. */
async function oldestOf(url: string): Promise<number | undefined> {
  // By an agent of its own, which asks no proxy whatever the environment says.
  const [answer] = await once(get(new URL('/simulator/truth', url), { agent: new Agent() }), 'response');
  const truth = await text(answer);
  const seconds = [...truth.matchAll(/"effectiveAt":(\d+)/g)].map((match) => Number(match[1]));
  return seconds.length === 0 ? undefined : seconds.reduce((oldest, second) => Math.min(oldest, second));
}
