/**
 * What a member asks of its group's coordinator, by the client's connection and not by its consumer, which commits in the
 * name of whatever generation it has at the moment (docs/decisions/0054). Every request says in whose name it goes, and goes once.
 */
import { ClientError, type Connection } from '@audit-relay/sink-kafka/connection';
import kafkajs from 'kafkajs';
import type { Claim } from './assign.ts';

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol;

/** The codes that a member has to tell apart (kafka.apache.org/protocol, Error Codes, read 2026-11-29). */
export const ILLEGAL_GENERATION = 22;
export const UNKNOWN_MEMBER_ID = 25;
export const REBALANCE_IN_PROGRESS = 27;

const PROTOCOL = 'audit-relay';

/** In whose name. */
export interface Name {
  readonly generation: number;
  readonly memberId: string;
}

export interface Joined extends Name {
  /** Of all members. Absent: another one is the leader. */
  readonly claims?: readonly Claim[];
}

export interface PartitionOffset {
  readonly partition: number;
  /** Of the next record to be read. */
  readonly offset: bigint;
  /** At most 4,096 characters. */
  readonly metadata: string;
}

export interface CoordinatorOptions {
  readonly connection: Pick<Connection, 'ask'>;
  readonly groupId: string;
  readonly topic: string;
  readonly sessionMs: number;
  readonly rebalanceMs: number;
}

export class Coordinator {
  readonly #options: CoordinatorOptions;
  #broker: Promise<GroupBroker> | undefined;

  constructor(options: CoordinatorOptions) {
    this.#options = options;
  }

  /** Waits until all members have come, or the time to do so is over. @param memberId empty: a new member. */
  async join(memberId: string, { generation, partitions }: Omit<Claim, 'memberId'>): Promise<Joined> {
    const { groupId, topic, sessionMs, rebalanceMs } = this.#options;
    const userData = Buffer.from(JSON.stringify({ generation, partitions }));
    const metadata = MemberMetadata.encode({ version: 1, topics: [topic], userData });
    const joined = await this.#ask((broker) =>
      broker.joinGroup({
        groupId,
        memberId,
        sessionTimeout: sessionMs,
        rebalanceTimeout: rebalanceMs,
        groupProtocols: [{ name: PROTOCOL, metadata }],
      }),
    );
    const { generationId, memberId: given, leaderId, members } = joined;
    const name = { generation: generationId, memberId: given };
    return leaderId === given ? { ...name, claims: members.map(claimOf) } : name;
  }

  /** @param assigned the leader's word; none of the others. What this member has. */
  async sync(name: Name, assigned: ReadonlyMap<string, readonly number[]>): Promise<readonly number[]> {
    const { groupId, topic } = this.#options;
    const groupAssignment = [...assigned].map(([memberId, partitions]) => ({
      memberId,
      memberAssignment: MemberAssignment.encode({
        version: 0,
        assignment: { [topic]: [...partitions] },
        userData: Buffer.alloc(0),
      }),
    }));
    const { generation: generationId, memberId } = name;
    const { memberAssignment } = await this.#ask((broker) =>
      broker.syncGroup({ groupId, generationId, memberId, groupAssignment }),
    );
    const partitions = MemberAssignment.decode(memberAssignment)?.assignment[topic] ?? [];
    return [...partitions].sort((a, b) => a - b);
  }

  async heartbeat({ generation: groupGenerationId, memberId }: Name): Promise<void> {
    const { groupId } = this.#options;
    await this.#ask((broker) => broker.heartbeat({ groupId, groupGenerationId, memberId }));
  }

  /** All of them in one record of the broker's. */
  async commit({ generation, memberId }: Name, offsets: readonly PartitionOffset[]): Promise<void> {
    const { groupId, topic } = this.#options;
    const partitions = offsets.map(({ offset, ...rest }) => ({ ...rest, offset: offset.toString() }));
    const request = { groupId, groupGenerationId: generation, memberId, topics: [{ topic, partitions }] };
    await this.#ask((broker) => broker.offsetCommit(request));
  }

  /** Whoever asks. A partition without one is left out. */
  async committed(partitions: readonly number[]): Promise<readonly PartitionOffset[]> {
    const { groupId, topic } = this.#options;
    const topics = [{ topic, partitions: partitions.map((partition) => ({ partition })) }];
    const { responses } = await this.#ask((broker) => broker.offsetFetch({ groupId, topics }));
    const found = responses.flatMap(({ partitions: all }) => all);
    return found.flatMap(({ partition, offset, metadata }) =>
      BigInt(offset) < 0n ? [] : [{ partition, offset: BigInt(offset), metadata: metadata ?? '' }],
    );
  }

  async leave(memberId: string): Promise<void> {
    const { groupId } = this.#options;
    await this.#ask((broker) => broker.leaveGroup({ groupId, memberId }));
  }

  /** @throws ClientError; whichever it is, the coordinator is looked for anew. */
  async #ask<T>(question: (broker: GroupBroker) => Promise<T>): Promise<T> {
    const { connection } = this.#options;
    this.#broker ??= connection.ask((cluster) => this.#find(cluster));
    const asked = this.#broker;
    try {
      const broker = await asked;
      return await connection.ask(() => question(broker));
    } catch (error) {
      if (this.#broker === asked && !isOfMember(error)) this.#broker = undefined;
      throw error;
    }
  }

  async #find(cluster: Connection['cluster']): Promise<GroupBroker> {
    const { groupId, topic } = this.#options;
    // The types of what we use of it stand below; kafkajs has none of its own.
    const group = cluster as unknown as GroupCluster;
    group.targetTopics.add(topic);
    if (!group.isConnected()) await group.connect();
    // A coordinator may be a broker that was not there before.
    await group.refreshMetadata();
    return group.findGroupCoordinator({ groupId });
  }
}

/** The broker's own code. Undefined: it gave none. */
export function codeOf(error: unknown): number | undefined {
  return error instanceof ClientError && error.trouble.kind === 'code' ? error.trouble.code : undefined;
}

/** The group answers and speaks of this member: it has to come again, which is no failure. */
export function isOfMember(error: unknown): boolean {
  return [ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID, REBALANCE_IN_PROGRESS].some((code) => codeOf(error) === code);
}

function claimOf({ memberId, memberMetadata }: RawMember): Claim {
  const none = { memberId, generation: 0, partitions: [] };
  const userData = MemberMetadata.decode(memberMetadata)?.userData;
  if (userData === undefined || userData.length === 0) return none;
  // Another version's member may say it otherwise: then it has had nothing.
  const said: { readonly generation?: unknown; readonly partitions?: unknown } = Object(parsed(userData));
  const { generation, partitions } = said;
  if (typeof generation !== 'number' || !Array.isArray(partitions)) return none;
  return { memberId, generation, partitions: partitions.filter((one) => Number.isInteger(one)) };
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

interface RawMember {
  readonly memberId: string;
  readonly memberMetadata: Buffer;
}

/** `kafkajs/src/cluster`, as far as a coordinator is found with it. */
interface GroupCluster {
  readonly targetTopics: Set<string>;
  isConnected(): boolean;
  connect(): Promise<void>;
  refreshMetadata(): Promise<void>;
  findGroupCoordinator(by: { readonly groupId: string }): Promise<GroupBroker>;
}

/** `kafkajs/src/broker`, as far as a member of a group needs it. */
interface GroupBroker {
  joinGroup(request: {
    readonly groupId: string;
    readonly memberId: string;
    readonly sessionTimeout: number;
    readonly rebalanceTimeout: number;
    readonly groupProtocols: readonly { readonly name: string; readonly metadata: Buffer }[];
  }): Promise<{
    readonly generationId: number;
    readonly memberId: string;
    readonly leaderId: string;
    readonly members: readonly RawMember[];
  }>;
  syncGroup(request: {
    readonly groupId: string;
    readonly generationId: number;
    readonly memberId: string;
    readonly groupAssignment: readonly { readonly memberId: string; readonly memberAssignment: Buffer }[];
  }): Promise<{ readonly memberAssignment: Buffer }>;
  heartbeat(request: {
    readonly groupId: string;
    readonly groupGenerationId: number;
    readonly memberId: string;
  }): Promise<unknown>;
  offsetCommit(request: {
    readonly groupId: string;
    readonly groupGenerationId: number;
    readonly memberId: string;
    readonly topics: readonly {
      readonly topic: string;
      readonly partitions: readonly {
        readonly partition: number;
        readonly offset: string;
        readonly metadata: string;
      }[];
    }[];
  }): Promise<unknown>;
  offsetFetch(request: {
    readonly groupId: string;
    readonly topics: readonly {
      readonly topic: string;
      readonly partitions: readonly { readonly partition: number }[];
    }[];
  }): Promise<{
    readonly responses: readonly {
      readonly partitions: readonly {
        readonly partition: number;
        readonly offset: string;
        readonly metadata: string | null;
      }[];
    }[];
  }>;
  leaveGroup(request: { readonly groupId: string; readonly memberId: string }): Promise<unknown>;
}
