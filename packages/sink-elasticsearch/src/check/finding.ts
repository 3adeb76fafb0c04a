/** What the findings of `check` have in common. */
import type { Check, Failure, SinkContext } from '@audit-relay/sink';
import type { ElasticsearchConfig } from '../config.ts';
import type { Peer } from '../connect.ts';
import type { Identity } from '../identify.ts';

/** What every finding is made from. */
export interface Examined {
  readonly peer: Peer;
  readonly config: ElasticsearchConfig;
  /** What the documents are; undefined: an agent that does not say. */
  readonly format: SinkContext['format'];
  readonly identity: Identity;
  readonly nowMs: number;
  /** Longest wait for one answer, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** What holds a request back, with what to do about it. */
export function troubled(name: string, failure: Failure): Check {
  const fix =
    failure.kind === 'blocked'
      ? 'change the configuration or the rights as it says'
      : 'see whether the cluster is well, then try again';
  return { name, verdict: 'fail', detail: failure.reason, fix };
}
