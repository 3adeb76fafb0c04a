/**
 * Which member of a group has which partitions: decided by the member that Kafka has made the leader, from what each of them
 * says that it has had. Evenly, and as few as can be change hands: each that does is read from its cursor once more.
 */

export interface Claim {
  readonly memberId: string;
  /** Of the assignment that it speaks of. 0: it has had none. */
  readonly generation: number;
  readonly partitions: readonly number[];
}

/** Every partition from 0 up to and without `partitions` to one member; no member has two more than another. */
export function assignPartitions(claims: readonly Claim[], partitions: number): ReadonlyMap<string, readonly number[]> {
  const given = new Map<string, number[]>(claims.map(({ memberId }) => [memberId, []]));
  const owners = ownersOf(claims, partitions);
  const least = Math.floor(partitions / Math.max(1, claims.length));
  /** So many members may have one more. */
  let larger = partitions - least * claims.length;
  const free: number[] = [];
  // Those who had most keep one more, so that fewest move.
  const kept = [...given].map(([memberId]) => ({ memberId, had: had(owners, memberId) }));
  for (const { memberId, had: all } of kept.sort((a, b) => b.had.length - a.had.length || order(a, b))) {
    const most = all.length > least && larger > 0 ? least + 1 : least;
    if (most > least) larger -= 1;
    given.set(memberId, all.slice(0, most));
    free.push(...all.slice(most));
  }
  for (let partition = 0; partition < partitions; partition += 1) if (!owners.has(partition)) free.push(partition);
  free.sort((a, b) => a - b);
  for (const partition of free) smallest(given)?.push(partition);
  for (const all of given.values()) all.sort((a, b) => a - b);
  return given;
}

/** Whose a partition was last: of two that name it, the one of the later generation. */
function ownersOf(claims: readonly Claim[], partitions: number): ReadonlyMap<number, string> {
  const owners = new Map<number, string>();
  for (const claim of [...claims].sort((a, b) => a.generation - b.generation || order(a, b))) {
    for (const partition of claim.partitions) if (partition < partitions) owners.set(partition, claim.memberId);
  }
  return owners;
}

function had(owners: ReadonlyMap<number, string>, memberId: string): number[] {
  return [...owners].flatMap(([partition, owner]) => (owner === memberId ? [partition] : [])).sort((a, b) => a - b);
}

function smallest(given: ReadonlyMap<string, number[]>): number[] | undefined {
  let found: number[] | undefined;
  for (const all of given.values()) if (found === undefined || all.length < found.length) found = all;
  return found;
}

/** Any, as long as every member would find the same. */
function order(a: { readonly memberId: string }, b: { readonly memberId: string }): number {
  return a.memberId < b.memberId ? -1 : 1;
}
