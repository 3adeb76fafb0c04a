/**
 * The sink contract: all that a sink package and the core have to agree on.
 *
 * It holds types and no code that runs, so that its version rarely moves. The rules in prose, MUST
 * and SHOULD, are in `docs/SINK-SPEC.md`; `@audit-relay/sink-testkit` checks them.
 */
import type { ZodType } from 'zod';

/** What a sink package exports, under any name: the core looks for the export that has a `type`. */
export interface SinkPlugin<Config> {
  /** As in YAML and in the package's name: `splunk-hec` for `@audit-relay/sink-splunk-hec`. */
  readonly type: string;
  /**
   * Strict: an unknown key is an error. Sees the sink's own keys only; the lane's (`type`, `format`,
   * `when`, `start_from`, `batch`, `concurrency`, `max_ahead`, `poison_after`) are taken out before.
   */
  readonly configSchema: ZodType<Config>;
  /** What the peer accepts at most. Core stays within it whatever the user's `batch` says. */
  limits(config: Config): SinkLimits;
  /** Absent: every format, with the default dataset and namespace. */
  document?(config: Config): DocumentOptions;
  /**
   * The rules by which the sink leaves events out although the peer would not refuse them, told before anything is sent:
   * `validate`, `doctor`, `status` and `backfill` say them. What `send` excludes, it excludes by one of these. Like
   * `limits` it reads the configuration alone, and changes with nothing else. Absent: it excludes nothing.
   */
  exclusions?(config: Config): readonly ExclusionRule[];
  /**
   * For `audit-relay doctor --send-test-event`: how a person finds this event at the peer once `send` has delivered it, such
   * as a search to type. Absent: the sink takes no test events.
   */
  locate?(event: Envelope, config: Config): string;
  /**
   * For `audit-relay replay --overwrite`: why no event that the peer holds can be replaced, with what to do, in one sentence;
   * undefined where a batch that says `overwrite` replaces them, each under its own id. Absent: it cannot.
   */
  overwriteRefusal?(config: Config): string | undefined;
  /** Connects, or prepares to. A peer that is down is no error here: `send` will say so. */
  open(config: Config, context: SinkContext): Promise<Sink>;
  /**
   * For `audit-relay setup`: puts at the peer what the sink works best with, such as an index template. Absent:
   * there is nothing to put. It connects and closes by itself, leaves alone what it has not made, changes nothing
   * when all is as it should be, and does not throw: what went wrong is a step that failed.
   */
  setup?(config: Config, context: SinkContext, call: SetupCall): Promise<readonly SetupStep[]>;
  /**
   * For `audit-relay setup --out`: what the operator installs at the peer, such as a Splunk add-on, since the sink may not.
   * Absent: there is nothing of the kind. It asks nobody, and the same version gives the same files.
   */
  files?(config: Config): Promise<readonly SetupFile[]>;
}

/** An open way to one peer. It never waits for a retry, retries, batches or logs a body: core does. */
export interface Sink {
  /**
   * Delivers one batch and says what became of it. Throws only when `call.signal` fired or the sink
   * is broken; core then sends the batch again with `replay: true`.
   */
  send(batch: Batch, call: SendCall): Promise<SendResult>;
  /** For `doctor`: reach, credentials, rights, target. Changes nothing at the peer. */
  check(signal: AbortSignal): Promise<readonly Check[]>;
  /** Called once, after the last `send` has settled. */
  close(): Promise<void>;
}

/** What core hands over beside the batch. */
export interface SendCall {
  /** Fires after `sendMs` (after `accepted()`: `confirmMs`) and at the end of a drain. */
  readonly signal: AbortSignal;
  /**
   * The peer has taken the request but not yet confirmed it (Splunk's indexer acknowledgment). From
   * then on the batch uses no concurrency slot and counts against `maxUnackedBytes`.
   */
  accepted(): void;
}

/** 1 to `maxEvents` envelopes, in journal order. A sink must not change it. */
export interface Batch {
  readonly envelopes: readonly Envelope[];
  /** Sum of `Envelope.bytes`. */
  readonly bytes: number;
  /** True when any of it may have reached the peer before: a sink that can look first does. */
  readonly replay: boolean;
  /**
   * Somebody wants what the peer holds of these events replaced. Only of a replay, and only where `overwriteRefusal` gives
   * no reason against it; otherwise absent.
   */
  readonly overwrite?: true;
}

/**
 * One document with what a sink may need beside the text, so that no sink parses it again. `id`, `type`, `timeMs`, `receivedMs`
 * and `json` are the same on every copy of an entry, for one version and configuration of the agent.
 */
export interface Envelope {
  /** The event's own id, the same on every copy for ever; over 512 UTF-8 bytes: `sha256:` + hex. */
  readonly id: string;
  /** The event's type as the API spells it: `api_key.created`. */
  readonly type: string;
  /** When the event happened: whole milliseconds since the epoch, UTC. */
  readonly timeMs: number;
  /** When the source received it: whole milliseconds since the epoch, UTC. */
  readonly receivedMs: number;
  /** The document as JSON text without a newline. */
  readonly json: string;
  /** Length of `json` in UTF-8 bytes, counted once by core. */
  readonly bytes: number;
  readonly facts: Facts;
  /**
   * Writes `json` as UTF-8, which is `bytes` long, to `target` from `offset` on: for a sink whose body is bytes, so that no text
   * is made in between. Absent: there is the text only.
   */
  copyTo?(target: Uint8Array, offset: number): void;
}

/** What is known about the event whatever its format, after redaction. Absent: not in the event. */
export interface Facts {
  /** The source's name in the configuration. */
  readonly source: string;
  readonly feed: 'organization' | 'tenant';
  /** One line for a human: `login.succeeded by ada@example.com from 192.0.2.1`. */
  readonly summary: string;
  /** OCSF's scale: 1 informational, 2 low, 3 medium, 4 high, 5 critical, 6 fatal. */
  readonly severity: 1 | 2 | 3 | 4 | 5 | 6;
  readonly outcome: 'success' | 'failure' | 'unknown';
  readonly organization?: { readonly id?: string; readonly name?: string };
  readonly project?: { readonly id?: string; readonly name?: string };
  readonly actor?: { readonly id?: string; readonly name?: string; readonly email?: string };
  readonly ip?: string;
  readonly userAgent?: string;
  readonly target?: { readonly type?: string; readonly id?: string; readonly name?: string };
}

/** What a sink gets from the agent it runs in. */
export interface SinkContext {
  /** The sink's name in the configuration. */
  readonly name: string;
  /** What this sink's documents are rendered to, for what it puts at the peer before the first. Absent: an agent that does not say. */
  readonly format?: 'ecs' | 'ocsf' | 'raw';
  /** For the `User-Agent` header: `audit-relay/0.1.0 (+https://…)`. */
  readonly userAgent: string;
  /** Milliseconds since the epoch, by a clock that may be set at any moment: for what is shown, stored or compared with a date. */
  now(): number;
  /** Milliseconds since some moment, by a monotonic clock: for how long something takes. A sink reads no other clock. */
  elapsedMs(): number;
  /** The proxy for this URL by `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`; a `proxy` in its config goes first. */
  proxyFor(url: string): string | undefined;
  /**
   * `code` is stable and upper-case; fields hold no token, header or event body. `warn`: somebody should look at it.
   * Default `info`. What keeps events from being taken is the reason of a `send`, and no line of the log.
   */
  log(code: string, fields: object, level?: 'info' | 'warn'): void;
  /** Goes to status and metrics; known codes: `duplicate`, `degraded`. */
  count(code: string, n: number): void;
}

/** Why a batch or one of its events was not taken. Reasons hold no token, header or event body. */
export type Failure =
  /**
   * May succeed later. `refused` (429, 503 and their like) lowers concurrency; `unanswered` may be
   * stored already, so it goes again as replay; `failed` is anything else.
   */
  | {
      readonly kind: 'retryable';
      readonly why: 'refused' | 'unanswered' | 'failed';
      readonly reason: string;
      readonly retryAfterMs?: number;
    }
  /**
   * `too_large`: only in smaller parts. `rejected`: never will be. Of a single event that makes a dead letter; of several it
   * says that one of them or more are to blame, and that the others may be stored or not: core halves the batch until the
   * guilty are alone, the halves as replay. A hundred in a row without one event taken block the lane; `unasked` of a
   * rejected event says that the sink itself judged it, and the peer has not heard of it: it is none of the hundred.
   * `blocked`: credentials or configuration are wrong; the data is held and the operator told.
   */
  | { readonly kind: 'too_large' | 'blocked'; readonly reason: string }
  | { readonly kind: 'rejected'; readonly reason: string; readonly unasked?: boolean }
  /**
   * Settled, not sent, by a rule of the sink's own: it is not at the peer, will not go again and is no dead letter. `rule`
   * is the name of one of `exclusions`; by another one nothing is settled. Not for what the peer refuses.
   */
  | { readonly kind: 'excluded'; readonly rule: string; readonly reason: string };

/** What became of a batch: a value, so that the compiler checks the switch. */
export type SendResult =
  /**
   * The peer has every event: the only leave to advance. `busy`: it says with its yes that it is near its bounds,
   * and concurrency is lowered as if it had refused.
   */
  | { readonly kind: 'acked'; readonly busy?: boolean }
  | Failure
  /**
   * `acked` + `failures` must equal the batch, with distinct indexes in range. Only for what the peer has said of each event:
   * one that is `rejected` here is a dead letter at once.
   */
  | {
      readonly kind: 'partial';
      /** How many events the peer has. */
      readonly acked: number;
      /** The others, by their index in `envelopes`, from 0. */
      readonly failures: readonly { readonly index: number; readonly failure: Failure }[];
    };

/** Upper bounds of the peer. Byte figures are sums of `Envelope.bytes`: the sink takes its wrapping off first. */
export interface SinkLimits {
  /** Events in one batch, 1 or more. */
  readonly maxEvents: number;
  readonly maxBytes: number;
  /** One event's bytes; a larger one is a dead letter without being sent. */
  readonly maxEventBytes: number;
  /** `send` calls at a time, 1 or more. */
  readonly maxInFlight: number;
  /** Accepted and unconfirmed bytes at a time. Absent: the sink never calls `accepted()`. */
  readonly maxUnackedBytes?: number;
  /** How long one `send` may take, in milliseconds; the sink's own request timeout is shorter. */
  readonly sendMs: number;
  /** How long after `accepted()`, in milliseconds. */
  readonly confirmMs?: number;
}

/** A rule of a sink's own by which it excludes events. */
export interface ExclusionRule {
  /** Under this `status` and metrics count what it excludes: lower case, words joined by underscores, 32 characters; not `when`. */
  readonly name: string;
  /** Which events, with the key that decides, to stand behind "excludes": `events older than 18 h (old_events: exclude)`. */
  readonly events: string;
  /**
   * Where the rule goes by age alone: how old an event may have been when it was received (`receivedMs` less `timeMs`),
   * in milliseconds, for the rule to let it pass. Then `backfill` can say which part of its time is excluded.
   */
  readonly maxAgeMs?: number;
}

/** Which documents a sink takes. The first format is its default. */
export interface DocumentOptions {
  readonly formats: readonly ('ecs' | 'ocsf' | 'raw')[];
  /** ECS `data_stream.dataset`; default `openai.org_audit`. */
  readonly dataset?: string;
  /** ECS `data_stream.namespace`; default `default`. */
  readonly namespace?: string;
  /**
   * `bytes`: the sink takes documents by `copyTo` where an envelope has it, and reads no `facts`. Both are there all the same, and
   * `json` too, made anew each time that they are read: then they are no properties of the object's own, which a spread would
   * take along. Default `text`.
   */
  readonly taken?: 'text' | 'bytes';
}

/** One finding of `doctor`. */
export interface Check {
  readonly name: string;
  readonly verdict: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  /** What to do, in one sentence; present with `warn` and `fail`. */
  readonly fix?: string;
}

/** How a set-up is to be done. */
export interface SetupCall {
  readonly signal: AbortSignal;
  /** Looks only: each step says what would be done. */
  readonly dryRun: boolean;
}

/** One thing that a set-up is about, such as a template, and what became of it. */
export interface SetupStep {
  readonly name: string;
  /** `left alone`: it belongs to somebody else, or cannot be had with this configuration. */
  readonly outcome: 'created' | 'updated' | 'current' | 'left alone' | 'failed';
  readonly detail: string;
  /** What to do, in one sentence; present with `failed`. */
  readonly fix?: string;
}

/** One file for the operator to install at the peer. */
export interface SetupFile {
  /** Without a folder; with the version in it where it can be told apart by that alone. */
  readonly name: string;
  readonly content: Uint8Array;
  /** What it is and where it goes, in one sentence. */
  readonly detail: string;
}
