/** A server as a process of this machine, in a folder of its own, that says by a line when it answers. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** Of what it wrote before it ended. */
const LAST_LINES = 30;

export interface Announced {
  /** For who reads that it did not start. */
  readonly name: string;
  /** A part of the line that it writes when it answers requests. */
  readonly ready: string;
}

export interface ServerOrder extends Announced {
  readonly file: string;
  readonly args: readonly string[];
  /** Its own, which goes with it. */
  readonly folder: string;
}

/** Resolves when it answers: with how to end it. @throws Error with its last words when it ends before */
export async function startServer({ file, args, folder, ...announced }: ServerOrder): Promise<() => Promise<void>> {
  const server = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const kill = (): boolean => server.kill('SIGKILL');
  // Also when the tests end early: nobody else would.
  process.once('exit', kill);
  const stop = async (): Promise<void> => {
    process.off('exit', kill);
    if (server.exitCode === null && server.signalCode === null && kill()) await once(server, 'exit');
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await untilReady(server, announced);
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}

/** Resolves with the line. @throws Error with its last words when it ends before */
export async function untilReady(server: ChildProcess, { name, ready }: Announced): Promise<void> {
  const words: string[] = [];
  const outputs = [server.stdout, server.stderr].filter((output) => output !== null);
  if (outputs.length === 0) throw new Error('spawned without a pipe');
  await new Promise<void>((resolve, reject) => {
    for (const input of outputs) {
      createInterface({ input }).on('line', (line) => {
        words.push(line);
        if (words.length > LAST_LINES) words.shift();
        if (line.includes(ready)) resolve();
      });
    }
    server.once('error', reject);
    server.once('close', () => reject(new Error(`${name} ended before it answered:\n${words.join('\n')}`)));
  });
}
