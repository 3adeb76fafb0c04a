/**
 * One member of a consumer group, for collectors and lanes alike. Whoever owns an assignment gives it up by asking for the
 * next: only then does this member join anew, so that nothing of the old one can go out in the name of the new one. The
 * group is told that we live by heartbeats of their own, however long a send takes.
 */
import type { Runtime, Unwritable } from '@audit-relay/core/journal';
import type { Membership } from '../membership.ts';
import { PeerWatch } from '../writer/peer-watch.ts';
import { assignPartitions } from './assign.ts';
import type { GroupAssignment } from './assignment.ts';
import {
  Coordinator,
  type CoordinatorOptions,
  codeOf,
  isOfMember,
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

export class GroupMember implements Membership {
  readonly #options: GroupMemberOptions;
  readonly #coordinator: Coordinator;
  readonly #watch: PeerWatch;
  #memberId = '';
  #held: HeldAssignment | undefined;

  constructor(options: GroupMemberOptions) {
    this.#options = options;
    this.#coordinator = new Coordinator(options);
    const { runtime, groupId } = options;
    const what = `the group ${groupId} cannot be joined`;
    this.#watch = new PeerWatch({ runtime, what, fields: { group: groupId } });
  }

  /** What keeps it from an assignment that it waits for. */
  get unwritable(): Unwritable | undefined {
    return this.#watch.unwritable;
  }

  /** Whatever keeps it from joining is waited for, and said once it lasts: also rights and credentials may be mended meanwhile. */
  async next(signal: AbortSignal): Promise<GroupAssignment> {
    const { generation = 0, partitions = [] } = this.#held ?? {};
    this.#giveUp();
    const { runtime } = this.#options;
    for (let tries = 0, failures = 0; ; tries += 1) {
      if (signal.aborted) this.#watch.forget();
      signal.throwIfAborted();
      const joining = this.#join({ generation, partitions });
      try {
        this.#held = await raced(joining, signal);
        this.#watch.back();
        return this.#held;
      } catch (error) {
        if (signal.aborted) {
          this.#watch.forget();
          // It may still come, and nobody would own it.
          joining.then((late) => late.end('nobody waits for it')).catch(() => undefined);
          throw error;
        }
        if (codeOf(error) === UNKNOWN_MEMBER_ID) this.#memberId = '';
        if (!isOfMember(error)) failures += 1;
        if (failures > 1) this.#watch.failed(error);
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
