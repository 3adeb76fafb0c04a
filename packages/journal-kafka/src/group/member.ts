/**
 * One member of a consumer group, for collectors and lanes alike. Whoever owns an assignment gives it up by asking for the
 * next: only then does this member join anew, so that nothing of the old one can go out in the name of the new one. The
 * group is told that we live by heartbeats of their own, however long a send takes.
 */
import { RelayError, type Runtime } from '@audit-relay/core/journal';
import type { Membership } from '../membership.ts';
import { assignPartitions } from './assign.ts';
import type { GroupAssignment } from './assignment.ts';
import {
  Coordinator,
  type CoordinatorOptions,
  codeOf,
  type PartitionOffset,
  UNKNOWN_MEMBER_ID,
} from './coordinator.ts';
import { HeldAssignment } from './held-assignment.ts';

export interface GroupMemberOptions extends CoordinatorOptions {
  /** Of the topic. */
  readonly partitions: number;
  /** A third of the session or less. */
  readonly heartbeatMs: number;
  readonly runtime: Runtime;
}

const FIRST_WAIT_MS = 100;
const MOST_WAIT_MS = 5_000;
/** What the broker answers to who may not, or who asks for what it does not have: no other try helps. */
const REFUSED: readonly number[] = [23, 24, 26, 29, 30, 31, 35, 60, 81];

export class GroupMember implements Membership {
  readonly #options: GroupMemberOptions;
  readonly #coordinator: Coordinator;
  #memberId = '';
  #held: HeldAssignment | undefined;

  constructor(options: GroupMemberOptions) {
    this.#options = options;
    this.#coordinator = new Coordinator(options);
  }

  async next(signal: AbortSignal): Promise<GroupAssignment> {
    const { generation = 0, partitions = [] } = this.#held ?? {};
    this.#giveUp();
    const { runtime, groupId } = this.#options;
    for (let tries = 0; ; tries += 1) {
      signal.throwIfAborted();
      const joining = this.#join({ generation, partitions });
      try {
        this.#held = await raced(joining, signal);
        return this.#held;
      } catch (error) {
        if (signal.aborted) {
          // It may still come, and nobody would own it.
          joining.then((late) => late.end('nobody waits for it')).catch(() => undefined);
          throw error;
        }
        const code = codeOf(error);
        if (code !== undefined && REFUSED.includes(code))
          throw new RelayError('JOURNAL_PEER', `the group ${groupId} refuses this member with code ${code}`, error);
        if (code === UNKNOWN_MEMBER_ID) this.#memberId = '';
        await runtime.sleep(waitMs(tries), signal);
      }
    }
  }

  /** What the group has, of all partitions or of some; also where they are another member's. @throws ClientError */
  committed(partitions: readonly number[]): Promise<readonly PartitionOffset[]> {
    return this.#coordinator.committed(partitions);
  }

  async close(): Promise<void> {
    this.#giveUp();
    const memberId = this.#memberId;
    this.#memberId = '';
    if (memberId === '') return;
    // Who cannot be told finds out by the end of the session.
    await this.#coordinator.leave(memberId).catch(() => undefined);
  }

  #giveUp(): void {
    this.#held?.end('given up for the next one');
    this.#held = undefined;
  }

  async #join(claim: { readonly generation: number; readonly partitions: readonly number[] }): Promise<HeldAssignment> {
    const { partitions: count, groupId, runtime } = this.#options;
    const sentMs = runtime.elapsedMs();
    const { claims, ...name } = await this.#coordinator.join(this.#memberId, claim);
    this.#memberId = name.memberId;
    const assigned = claims === undefined ? new Map<string, readonly number[]>() : assignPartitions(claims, count);
    const joinedMs = runtime.elapsedMs();
    const partitions = await this.#coordinator.sync(name, assigned);
    const { generation } = name;
    const waitedMs = joinedMs - sentMs;
    runtime.log('info', 'GROUP_JOINED', `${groupId}: partitions ${partitions.join(', ') || 'none'}`, {
      group: groupId,
      generation,
      partitions,
      waitedMs,
    });
    return new HeldAssignment({
      ...this.#options,
      ...name,
      partitions,
      coordinator: this.#coordinator,
      heardMs: joinedMs,
    });
  }
}

function waitMs(tries: number): number {
  return Math.min(MOST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries);
}

/** @throws the signal's reason when it fires first; what comes later is let go. */
function raced<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
