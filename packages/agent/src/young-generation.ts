/**
 * Keeps V8's young generation small. By itself it grows to 32 MB on the way to whatever comes first, which
 * loading modules is enough for, and stays so as long as the process is busy. Node's own option, `--max-semi-space-size`,
 * is read before a program begins; by how much it grows is read at each growth, so that it grows here alone.
 */
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** Of both halves, in bytes: as with `--max-semi-space-size=4`. Less costs speed, as more outlives a collection. */
const ENOUGH_BYTES = 8 * 2 ** 20;
/** Each round is some 100 kB, and no more are made than it could take. */
const MOST_ROUNDS = 200;
const ROUND_OBJECTS = 2_000;

/** How often its size it has after growing. */
type Growth = 1 | 2;

/** Called once, before anything is loaded: from now on it grows by `growYoungGeneration` alone. */
export function holdYoungGeneration(): void {
  if (!isGiven()) setGrowth(1);
}

/** Lets it have enough for work, in some 20 ms; called again where a quiet time may have made it smaller. Nothing where it has. */
export function growYoungGeneration(): void {
  if (isGiven() || youngBytes() >= ENOUGH_BYTES) return;
  setGrowth(2);
  // V8 lets it grow by what outlives a collection.
  const kept: object[] = [];
  for (let round = 0; round < MOST_ROUNDS && youngBytes() < ENOUGH_BYTES; round += 1)
    kept.push(Array.from({ length: ROUND_OBJECTS }, (_, n) => ({ n })));
  setGrowth(1);
}

/** Node was told a size, by its own option or `NODE_OPTIONS`: nothing is done then. */
function isGiven(): boolean {
  return /semi[-_]space/.test([...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' '));
}

/** Changes nothing where V8 does not know the flag, which is no promise of Node's. */
function setGrowth(growth: Growth): void {
  setFlagsFromString(`--semi-space-growth-factor=${growth}`);
}

function youngBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? ENOUGH_BYTES;
}
