/** An agent in the process of a command: as `run`, but on any port, and until the work of the command is done. */
import { startAgent } from './agent.ts';
import type { GoodReading } from './config/read.ts';
import type { AgentLog } from './log.ts';
import { type RelayAccess, relayHere } from './relay-access.ts';
import type { StopSignal } from './stopping.ts';
import { endOnUncaught } from './uncaught.ts';

/** As `run` has it by default. */
const GRACE_MS = 25_000;

const STOPPING = `stopping: what is on its way may arrive, for at most ${GRACE_MS / 1_000} s; Ctrl-C again ends it at once\n`;

export interface AgentForAWhile {
  readonly reading: GoodReading;
  readonly log: AgentLog;
  readonly stop: StopSignal;
  readonly board: { print(text: string): void };
}

/** @throws what the start of an agent or `work` throws; the signal of `work` fires also when the journal is lost. */
export async function withAgent<T>(
  { reading, log, stop, board }: AgentForAWhile,
  work: (relay: RelayAccess, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  endOnUncaught(log.log);
  const config = { ...reading.config, http: { listen: { host: '127.0.0.1', port: 0 } } };
  const agent = await startAgent({ reading: { ...reading, config }, log });
  const { relay } = agent;
  try {
    return await work(relayHere(relay), AbortSignal.any([stop.signal, relay.lost]));
  } finally {
    if (stop.signal.aborted) board.print(STOPPING);
    // After a loss nothing can be settled, and the other process sends it as well.
    await agent.stop(relay.lost.aborted ? 0 : GRACE_MS);
  }
}
