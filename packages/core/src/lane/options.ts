/** What a lane is made from, and what the rest of the core does with it; `lane.ts` puts one together. */
import type { SinkContext, SinkPlugin } from '@audit-relay/sink';
import type { DeadLetters } from '../journal/dead-letter.ts';
import type { LaneJournal } from '../journal/journal.ts';
import type { LaneReplays } from '../journal/replay.ts';
import type { DocumentShape } from '../normalize/document.ts';
import type { Renderer } from '../normalize/renderer.ts';
import type { EntryRenderer } from '../normalize/shared-renderings.ts';
import type { When } from '../normalize/when.ts';
import type { Runtime } from '../runtime.ts';
import type { LaneStatus } from '../status.ts';
import type { LaneConfig } from './config.ts';
import type { Delivered } from './health/deliveries.ts';

export interface LaneOptions {
  /** The sink's name in the configuration. */
  readonly name: string;
  readonly plugin: SinkPlugin<unknown>;
  /** What `plugin.configSchema` made of the sink's own keys. */
  readonly sinkConfig: unknown;
  readonly config: LaneConfig;
}

export interface LaneDependencies {
  readonly journal: LaneJournal;
  readonly deadLetters: Pick<DeadLetters, 'add' | 'takeRetries' | 'settle' | 'failAgain'>;
  readonly replays: LaneReplays;
  /** Called once, with what the sink takes. */
  renderFor(shape: DocumentShape, gone: AbortSignal): EntryRenderer;
  /** The same bytes once more, for this lane alone. */
  renderAlone: Renderer;
  /** The compiled `when`. Absent: every event passes. */
  readonly when?: When;
  readonly runtime: Runtime;
  /** The lane itself keeps what the sink counts. */
  readonly context: Omit<SinkContext, 'count'>;
  /** The peer has taken these. Never throws, and keeps nothing waiting. */
  onAcked?(items: readonly Delivered[]): void;
  /** The peer refused the credentials, or what else blocks: the moment to read secret files again. */
  onRefused(): void;
}

export interface Lane {
  /** Begins to read and send. Once. */
  start(): void;
  status(): LaneStatus;
  /** Closes the sink when its sends have settled and opens it with `sinkConfig`; a blocked lane tries at once. */
  reopen(sinkConfig: unknown): Promise<void>;
  /**
   * Resolves when nothing that was read is unsettled and the cursor says so.
   * @throws the signal's reason when it fires first.
   */
  idle(signal: AbortSignal): Promise<void>;
  /**
   * Stops reading, sends at once what was read, saves the cursor and closes the sink. When `signal`
   * fires, what is under way is aborted; it stays in the journal. A peer that is known to be down
   * or has blocked the lane is not waited for.
   */
  drain(signal: AbortSignal): Promise<void>;
  /** Reads and sends nothing more, at once, and aborts what is on its way. `drain` then closes the sink. */
  end(): void;
}
