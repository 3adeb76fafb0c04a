/** How fast a series of measurements rises, and how sure that is: a straight line by least squares. */

export interface Point {
  /** Hours. */
  readonly hours: number;
  readonly value: number;
}

/** Both an hour. */
export interface Slope {
  readonly perHour: number;
  /** One standard error: the true slope lies within two of them, 19 times of 20. */
  readonly error: number;
}

/** As many points as the errors of neighbours may be taken for independent, even after a collection of garbage. */
const BLOCKS = 30;

/** As many floors: a trouble lasts for 45 s, and in a twelfth of half an hour all peers are well for a moment. */
const FLOORS = 12;

/** Of the means of neighbours. Of at least three points; fewer say nothing, and their error is infinite. */
export function slopeOf(points: readonly Point[]): Slope {
  return throughBlocks(blocksOf(points, BLOCKS).map(meanOfBlock));
}

/**
 * Of the least of neighbours: of memory what is over the floor comes and goes, with what is held for a peer in trouble and
 * with the collector; what leaks stays when both are gone, and lifts the floor.
 */
export function floorSlopeOf(points: readonly Point[]): Slope {
  return throughBlocks(blocksOf(points, FLOORS).map(leastOfBlock));
}

function throughBlocks(blocks: readonly Point[]): Slope {
  const count = blocks.length;
  if (count < 3) return { perHour: 0, error: Number.POSITIVE_INFINITY };
  const [atHours, atValue] = [meanOf(blocks.map(({ hours }) => hours)), meanOf(blocks.map(({ value }) => value))];
  const spread = sumOf(blocks.map(({ hours }) => (hours - atHours) ** 2));
  const perHour = sumOf(blocks.map(({ hours, value }) => (hours - atHours) * (value - atValue))) / spread;
  const left = sumOf(blocks.map(({ hours, value }) => (value - atValue - perHour * (hours - atHours)) ** 2));
  return { perHour, error: Math.sqrt(left / (count - 2) / spread) };
}

/**
 * Memory goes up and down with the collector, so that samples of one minute are not independent, and the plain error
 * would be far too small: neighbours are taken together first.
 */
function blocksOf(points: readonly Point[], most: number): readonly (readonly Point[])[] {
  const count = Math.min(most, points.length);
  return Array.from({ length: count }, (_, block) =>
    points.slice(Math.floor((block * points.length) / count), Math.floor(((block + 1) * points.length) / count)),
  );
}

function meanOfBlock(points: readonly Point[]): Point {
  return { hours: meanOf(points.map(({ hours }) => hours)), value: meanOf(points.map(({ value }) => value)) };
}

function leastOfBlock(points: readonly Point[]): Point {
  return points.reduce((least, point) => (point.value < least.value ? point : least));
}

function meanOf(values: readonly number[]): number {
  return sumOf(values) / values.length;
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
