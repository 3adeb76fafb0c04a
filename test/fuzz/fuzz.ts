/**
 * Runs one target with many inputs: a few hundred in `npm test`, as many as `npm run test:fuzz` asks for otherwise. Rounds of
 * a thousand, each with a seed of its own, so that a failure is had again from the seed that fast-check names.
 */
import { appendFileSync } from 'node:fs';
import * as fc from 'fast-check';

const ROUND = 1_000;
const { FUZZ_SHARE, FUZZ_MINUTES, FUZZ_SEED, FUZZ_REPORT } = process.env;

export interface Target<T> {
  readonly name: string;
  readonly input: fc.Arbitrary<T>;
  /** In `npm test`. */
  readonly inputs: number;
  /** Throws where a promise is broken. */
  check(input: T): void | Promise<void>;
}

/** @returns how many inputs there were. */
export async function fuzz<T>({ name, input, inputs, check }: Target<T>): Promise<number> {
  const wanted = Math.ceil(inputs * Number(FUZZ_SHARE ?? 1));
  const untilMs =
    FUZZ_MINUTES === undefined ? Number.POSITIVE_INFINITY : performance.now() + Number(FUZZ_MINUTES) * 60_000;
  const seed = Number(FUZZ_SEED ?? 1);
  let done = 0;
  for (let round = 0; done < wanted && performance.now() < untilMs; round += 1) {
    const numRuns = Math.min(ROUND, wanted - done);
    const property = fc.asyncProperty(input, async (value) => {
      await check(value);
    });
    await fc.assert(property, { numRuns, seed: seed + round });
    done += numRuns;
  }
  if (FUZZ_REPORT !== undefined) appendFileSync(FUZZ_REPORT, `${JSON.stringify({ name, inputs: done })}\n`);
  return done;
}

/** Stands in every answer: what shows it has passed a body on. */
export const CANARY = 'cAnArY7f3aBody';

/** Bytes of a text, some of them changed, cut off, doubled or put in. */
export function broken(text: fc.Arbitrary<string>): fc.Arbitrary<Buffer> {
  const change = fc.record({
    kind: fc.constantFrom('keep', 'flip', 'cut', 'double', 'insert'),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    byte: fc.nat(255),
  });
  return fc.tuple(text, fc.array(change, { maxLength: 3 })).map(([sound, changes]) => {
    let bytes = Buffer.from(sound);
    for (const { kind, at, byte } of changes) {
      const place = Math.floor(at * bytes.length);
      const [before, after] = [bytes.subarray(0, place), bytes.subarray(place)];
      if (kind === 'flip' && after.length > 0) bytes = Buffer.concat([before, Buffer.from([byte]), after.subarray(1)]);
      if (kind === 'cut') bytes = Buffer.from(before);
      if (kind === 'double') bytes = Buffer.concat([before, after, after]);
      if (kind === 'insert') bytes = Buffer.concat([before, Buffer.from([byte]), after]);
    }
    return bytes;
  });
}
