import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { faultKinds, faultsOf, isFaultKind, readFaultPlan, survivableFaults, turnedBy } from './fault-plan.ts';
import { defaultKnobs, type FaultKind, type FaultPlan } from './knobs.ts';

/** What the first `count` requests meet. */
function met(plans: readonly FaultPlan[], count = 1_000): readonly (readonly FaultKind[])[] {
  return Array.from({ length: count }, (_, index) => faultsOf(plans, index + 1));
}

describe('a plan', () => {
  test('meets the same requests with the same faults for the same seed, whatever was asked before', () => {
    fc.assert(
      fc.property(fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }), (seed, rate) => {
        const forwards = met([{ rate, seed }], 40);
        const backwards = Array.from({ length: 40 }, (_, index) => faultsOf([{ rate, seed }], 40 - index)).reverse();
        expect(backwards).toEqual(forwards);
      }),
    );
    expect(met([{ rate: 0.5, seed: 1 }])).not.toEqual(met([{ rate: 0.5, seed: 2 }]));
  });

  test('meets about the share of requests that it names, and all kinds that it names', () => {
    const kinds: readonly FaultKind[] = ['500', 'reset', 'bad_utf8'];
    const faults = met([{ rate: 0.3, kinds }]).flat();
    expect(faults.length).toBeGreaterThan(250);
    expect(faults.length).toBeLessThan(350);
    expect(new Set(faults)).toEqual(new Set(kinds));
  });

  test('of rate 0 meets none and of rate 1 each between from and to', () => {
    expect(met([{ rate: 0 }]).flat()).toEqual([]);
    const some = met([{ rate: 1, kinds: ['503'], from: 3, to: 5 }], 7);
    expect(some.map(({ length }) => length)).toEqual([0, 0, 1, 1, 1, 0, 0]);
  });

  test('goes on with a burst of false 401s for five requests', () => {
    const kinds: readonly FaultKind[] = ['401_burst'];
    expect(met([{ rate: 1, kinds, from: 2, to: 2 }], 8).map(({ length }) => length)).toEqual([0, 1, 1, 1, 1, 1, 0, 0]);
  });

  test('meets none of the faults that cannot be survived unless it names them', () => {
    const faults = new Set(met([{ rate: 1 }], 2_000).flat());
    expect(faults).toEqual(new Set(survivableFaults));
    const left = Object.keys(faultKinds).filter((kind) => isFaultKind(kind) && !faults.has(kind));
    expect(left.toSorted()).toEqual(['429_hour', 'date_ahead', 'date_behind']);
  });

  test('stands beside another: a request may meet a fault of each', () => {
    const plans: readonly FaultPlan[] = [
      { rate: 1, kinds: ['slow_body'] },
      { rate: 1, kinds: ['truncated_json'] },
    ];
    expect(faultsOf(plans, 1)).toEqual(['slow_body', 'truncated_json']);
    expect(turnedBy(faultsOf(plans, 1), defaultKnobs)).toMatchObject({ slow_body_ms: 2_000, truncated_json: true });
    const alike: FaultPlan = { rate: 0.5, kinds: ['500'] };
    const both = met([alike, alike]);
    // Drawn on their own, although they have one seed: some requests meet one of the two only.
    expect(both.some(({ length }) => length === 1)).toBe(true);
  });
});

test.each(Object.entries(faultKinds))('the fault %s turns a knob and says its risk', (_, { turns, risk }) => {
  expect({ ...defaultKnobs, ...turns }).not.toEqual(defaultKnobs);
  expect(risk).not.toBe('');
});

describe('a plan as text', () => {
  test('has its rate, and the rest as one likes', () => {
    expect(readFaultPlan('rate=0.1')).toEqual({ rate: 0.1 });
    expect(readFaultPlan('rate=1,seed=7,kinds=500,429_date,from=2,to=9')).toEqual({
      rate: 1,
      seed: 7,
      kinds: ['500', '429_date'],
      from: 2,
      to: 9,
    });
  });

  test.each(['', 'seed=1', 'rate=2', 'rate=-1', 'rate=0.1,seed=x', 'rate=0.1,kinds=501', 'rate=0.1,speed=3', '500'])(
    'is refused as %j',
    (text) => {
      expect(() => readFaultPlan(text)).toThrow(Error);
    },
  );
});
