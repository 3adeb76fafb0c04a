/** An assignment that this process has: kept alive by heartbeats, committed in its own generation's name, and over once. */
import { RelayError, type Runtime } from '@audit-relay/core/journal';
import type { GroupAssignment } from './assignment.ts';
import {
  type Coordinator,
  codeOf,
  ILLEGAL_GENERATION,
  type Name,
  type PartitionOffset,
  REBALANCE_IN_PROGRESS,
  UNKNOWN_MEMBER_ID,
} from './coordinator.ts';

export interface HeldAssignmentOptions extends Name {
  readonly groupId: string;
  readonly partitions: readonly number[];
  readonly coordinator: Pick<Coordinator, 'heartbeat' | 'commit'>;
  readonly sessionMs: number;
  readonly rebalanceMs: number;
  readonly heartbeatMs: number;
  readonly runtime: Runtime;
  /** When the group last counted the session anew, by the monotonic clock. */
  readonly heardMs: number;
}

/** Of the time that the group waits for who has to join anew, so much is left for the way there. */
const DRAIN_SHARE = 0.8;

export class HeldAssignment implements GroupAssignment {
  readonly #options: HeldAssignmentOptions;
  readonly #revoked = new AbortController();
  readonly #over = new AbortController();
  #heardMs: number;

  /** Begins to tell the group that we live. */
  constructor(options: HeldAssignmentOptions) {
    this.#options = options;
    this.#heardMs = options.heardMs;
    // It ends by `#over` alone, and says there why.
    this.#beat().catch((error: unknown) => this.end(`its heartbeats ended: ${String(error)}`));
  }

  get generation(): number {
    return this.#options.generation;
  }

  get memberId(): string {
    return this.#options.memberId;
  }

  get partitions(): readonly number[] {
    return this.#options.partitions;
  }

  get drainMs(): number {
    return this.#options.rebalanceMs * DRAIN_SHARE;
  }

  get revoked(): AbortSignal {
    return this.#revoked.signal;
  }

  async confirm(): Promise<void> {
    await this.#inItsName(() => this.#heartbeat());
  }

  async commit(offsets: readonly PartitionOffset[]): Promise<void> {
    const { coordinator, partitions } = this.#options;
    const foreign = offsets.find(({ partition }) => !partitions.includes(partition));
    // The broker does not look at who has what.
    if (foreign !== undefined) throw this.#reassigned(`partition ${foreign.partition} is not in it`);
    await this.#inItsName(() => coordinator.commit(this.#options, offsets));
  }

  /** From now on nothing goes in its name. Does nothing when it is over. */
  end(why: string): void {
    if (this.#over.signal.aborted) return;
    const reason = this.#reassigned(why);
    this.#over.abort(reason);
    this.#revoked.abort(reason);
  }

  /** A request goes once: tried again after a rejoin it would go in the name of another generation. */
  async #inItsName(request: () => Promise<void>): Promise<void> {
    this.#over.signal.throwIfAborted();
    const sentMs = this.#options.runtime.elapsedMs();
    try {
      await request();
      // The group counts the session anew from whatever it takes of us.
      this.#heardMs = Math.max(this.#heardMs, sentMs);
    } catch (error) {
      const code = codeOf(error);
      if (code === REBALANCE_IN_PROGRESS) this.#revoke();
      if (code === ILLEGAL_GENERATION || code === UNKNOWN_MEMBER_ID) this.end(`the group answers with code ${code}`);
      this.#over.signal.throwIfAborted();
      throw error;
    }
  }

  /** The group gives out anew and waits: what is under way may still be committed. */
  #revoke(): void {
    this.#revoked.abort(this.#reassigned('the group gives out its partitions anew'));
  }

  async #heartbeat(): Promise<void> {
    try {
      await this.#options.coordinator.heartbeat(this.#options);
    } catch (error) {
      // It knows us and counts the session anew, and wants us to come.
      if (codeOf(error) !== REBALANCE_IN_PROGRESS) throw error;
      this.#revoke();
    }
  }

  async #beat(): Promise<void> {
    const { heartbeatMs, runtime } = this.#options;
    const over = this.#over.signal;
    while (!over.aborted) {
      await runtime.sleep(heartbeatMs, over).catch(() => undefined);
      if (over.aborted) return;
      // One without an answer must not outlast the session.
      const last = this.#endAfterSession();
      await Promise.race([this.#inItsName(() => this.#heartbeat()), last.ended]).catch(() => undefined);
      last.stop();
      if (this.#sessionLeftMs() <= 0) this.end('nothing was heard of the group for as long as a session lasts');
    }
  }

  #sessionLeftMs(): number {
    const { sessionMs, runtime } = this.#options;
    return this.#heardMs + sessionMs - runtime.elapsedMs();
  }

  #endAfterSession(): { readonly ended: Promise<void>; stop(): void } {
    const { runtime } = this.#options;
    const stopped = new AbortController();
    const signal = AbortSignal.any([stopped.signal, this.#over.signal]);
    const ended = runtime.sleep(Math.max(0, this.#sessionLeftMs()), signal).catch(() => undefined);
    return { ended, stop: () => stopped.abort() };
  }

  #reassigned(why: string): RelayError {
    const { groupId, generation } = this.#options;
    return new RelayError('JOURNAL_REASSIGNED', `${groupId}: generation ${generation} is over: ${why}`);
  }
}
