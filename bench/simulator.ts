/** The simulated API in a process of its own, so that its CPU time is not the relay's. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { urlOf } from './servers.ts';

const BIN = fileURLToPath(import.meta.resolve('@audit-relay/openai-simulator/package.json')).replace(
  'package.json',
  'bin/openai-simulator.js',
);

/** Runs `work` against a simulator with `events` events over `span`, such as `30d`. */
export async function withSimulator(
  order: { readonly events: number; readonly span: string; readonly more?: readonly string[] },
  work: (url: string) => Promise<void>,
): Promise<void> {
  const child = spawn(
    process.execPath,
    [BIN, '--port', '0', '--events', String(order.events), '--span', order.span, '--seed', '1', ...(order.more ?? [])],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  try {
    await work(await urlOf(child));
  } finally {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
  }
}
