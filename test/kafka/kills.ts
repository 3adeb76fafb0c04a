/** When the relay and its broker die: drawn from a seed that is told, so that a run can be repeated. */
export interface Kill {
  /** The step of the data's path, as its line of the log is called. */
  readonly step: string;
  /** Which time it is seen, from 1. */
  readonly occurrence: number;
  readonly of: 'relay' | 'broker';
}

/** One that is a batch has 200 of them. */
const STEPS = ['PAGE_READ', 'JOURNAL_COMMITTED', 'BATCH_SENDING', 'BATCH_SETTLED', 'CURSOR_SAVED'];

/** Those from `SEED` on, `RUNS` of them, by the environment; else one by chance. */
export function seeds(): readonly number[] {
  const first = Number(process.env['SEED'] ?? Date.now() % 100_000);
  return Array.from({ length: Number(process.env['RUNS'] ?? 1) }, (_, index) => first + index);
}

/** Four, of which the broker's is one. */
export function killsOf(seed: number): readonly Kill[] {
  let state = seed;
  const next = (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
  const ofBroker = next(4);
  return Array.from({ length: 4 }, (_, index) => {
    if (index === ofBroker) return { step: 'BATCH_SENDING', occurrence: 1 + next(10), of: 'broker' };
    return { step: STEPS[next(STEPS.length)] ?? '', occurrence: 1 + next(20), of: 'relay' };
  });
}
