/**
 * A relay that ends its own process by SIGKILL when a step of the data's path has been seen often enough, or else once
 * everything is delivered. Started by `loss.test.ts`; argument: one JSON object of `ChildOrder`.
 */
import { openRelay } from '@audit-relay/core';
import { type RelayOrder, relayOptions } from './relay.ts';

export interface ChildOrder extends RelayOrder {
  /** The debug code at which to die, and which time it is seen, from 1. */
  readonly killAt?: { readonly step: string; readonly occurrence: number };
}

// Written by the test that started this process.
const order = JSON.parse(process.argv[2] ?? '') as ChildOrder;

let seen = 0;
const relay = await openRelay(
  relayOptions(order, (level, code, message) => {
    if (level === 'error') console.error(code, message);
    if (code !== order.killAt?.step) return;
    seen += 1;
    if (seen === order.killAt.occurrence) process.kill(process.pid, 'SIGKILL');
  }),
);
await relay.caughtUp(AbortSignal.timeout(120_000));
await relay.drain(10_000);
process.exit(0);
