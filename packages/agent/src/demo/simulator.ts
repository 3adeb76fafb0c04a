/** Starts the demo's API as a child process, and ends it. */
import { fork } from 'node:child_process';
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

/** What the child says when it listens. */
export interface SimulatorReady {
  /** The API's root: `http://127.0.0.1:40111/v1`. */
  readonly url: string;
  /** How many there are by now. */
  readonly events: number;
  /** Seconds since the epoch. Absent: no events. */
  readonly oldestSeconds?: number;
}

export interface DemoSimulator extends SimulatorReady {
  close(): void;
}

/** @throws RelayError `DEMO_SIMULATOR` when the child ends before it listens. */
export async function startSimulatorProcess(plan: SimulatorPlan): Promise<DemoSimulator> {
  // It says nothing on stdout; what it has to say goes to our stderr.
  const child = fork(new URL('./simulator-process.js', import.meta.url), [JSON.stringify(plan)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ready = await new Promise<SimulatorReady>((resolve, reject) => {
    child.once('message', (message) => resolve(message as unknown as SimulatorReady));
    child.once('error', reject);
    child.once('exit', (code) =>
      reject(new RelayError('DEMO_SIMULATOR', `the simulator ended with ${code} before it listened`)),
    );
  });
  return {
    ...ready,
    close: () => {
      if (child.connected) child.disconnect();
    },
  };
}
