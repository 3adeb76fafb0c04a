/** From a batch to the load of one request: each event judged, wrapped and measured; what does not go along has its reason. */
import type { Envelope, Failure } from '@audit-relay/sink';
import { judge } from './age.ts';
import { Body } from './body.ts';
import type { DatadogConfig } from './config.ts';
import type { Stamp, Wrap } from './entry.ts';
import { OLD_RULE } from './exclusions.ts';
import { MAX_ENTRY_BYTES, WRAPPING_BYTES } from './limits.ts';

/** An event that goes along. */
export interface Loaded {
  /** In the batch. */
  readonly index: number;
  readonly stamp: Stamp;
  readonly isRestamped: boolean;
}

export interface Load {
  readonly loaded: readonly Loaded[];
  /** Those that do not go along, by their index in the batch. */
  readonly left: readonly { readonly index: number; readonly failure: Failure }[];
  /** Whether one of those is left for its age. */
  readonly isAnyOld: boolean;
  /** Some go out with another date than their own. */
  readonly isAnyRestamped: boolean;
  /** Of `loaded`, in its order. */
  readonly body: Body;
}

export interface Loading {
  readonly wrap: Wrap;
  readonly policy: DatadogConfig['old_events'];
  /** The intake's time. */
  readonly nowMs: number;
  /** For the body. */
  readonly spare: Buffer | undefined;
}

export function loadOf(envelopes: readonly Envelope[], { wrap, policy, nowMs, spare }: Loading): Load {
  const loaded: Loaded[] = [];
  const left: { index: number; failure: Failure }[] = [];
  let isAnyOld = false;
  const documents = envelopes.reduce((sum, { bytes }) => sum + bytes, 0);
  const body = new Body(documents + envelopes.length * WRAPPING_BYTES, spare);
  for (const [index, envelope] of envelopes.entries()) {
    const judged = judge(envelope, { policy, nowMs });
    if (judged.kind === 'old') {
      isAnyOld = true;
      left.push({ index, failure: tooOld(judged.policy) });
      continue;
    }
    const entry = wrap(envelope, judged.stamp);
    if (entry.bytes > MAX_ENTRY_BYTES) {
      left.push({ index, failure: tooLarge(entry.bytes) });
      continue;
    }
    loaded.push({ index, stamp: judged.stamp, isRestamped: judged.isRestamped });
    body.add(entry);
  }
  return { loaded, left, isAnyOld, isAnyRestamped: loaded.some(({ isRestamped }) => isRestamped), body };
}

function tooOld(policy: 'exclude' | 'dead_letter'): Failure {
  const reason = 'it was more than 18 hours old when it was received, and Datadog drops such events';
  return policy === 'exclude'
    ? { kind: 'excluded', rule: OLD_RULE, reason }
    : { kind: 'rejected', reason, unasked: true };
}

/** Datadog would say yes and cut it short. */
function tooLarge(bytes: number): Failure {
  const reason = `its entry has ${bytes} bytes, and Datadog cuts off what is longer than ${MAX_ENTRY_BYTES}`;
  return { kind: 'rejected', reason, unasked: true };
}
