import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { feedOf } from '../feed.ts';
import { EventGenerator, eventTypes } from './generator.ts';
import { mix32, unmix32 } from './random.ts';

test('the numbers of mix32 are found again', () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (value) => unmix32(mix32(value)) === value));
});

describe('the table of types', () => {
  test('has 149 types, none twice, 90 of them in the tenant feed', () => {
    expect(new Set(eventTypes.map(({ type }) => type)).size).toBe(149);
    expect(eventTypes.filter(({ type }) => feedOf(type) === 'tenant')).toHaveLength(90);
  });

  test('describes the payloads of all but 92', () => {
    expect(eventTypes.filter(({ payload }) => payload === 'undocumented')).toHaveLength(92);
  });
});

describe('a generated event', () => {
  test('is the same for the same seed and number, and another for another seed', () => {
    expect(new EventGenerator(7).record(3, 1_790_000_000)).toEqual(new EventGenerator(7).record(3, 1_790_000_000));
    expect(new EventGenerator(8).id(3)).not.toBe(new EventGenerator(7).id(3));
  });

  test('has an id of the documented form, from which its number is found and nobody else’s', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0, max: 2 ** 32 - 1 }), (seed, number) => {
        const generator = new EventGenerator(seed);
        const id = generator.id(number);
        expect(id).toMatch(/^audit_log-[A-Za-z0-9]{24}$/);
        expect(generator.numberOf(id)).toBe(number);
        expect(new EventGenerator(seed + 1).numberOf(id)).toBeUndefined();
      }),
      { numRuns: 50 },
    );
  });

  test('says the type that its number has', () => {
    const generator = new EventGenerator(1);
    for (let number = 0; number < 200; number += 1) {
      expect(JSON.parse(generator.record(number, 1).toString())).toMatchObject({ type: generator.type(number) });
    }
  });

  test('has about 660 bytes in the mean', () => {
    const generator = new EventGenerator(1);
    let bytes = 0;
    for (let number = 0; number < 5_000; number += 1) bytes += generator.record(number, 1_790_000_000).length;
    expect(bytes / 5_000).toBeGreaterThan(620);
    expect(bytes / 5_000).toBeLessThan(700);
  });

  test('comes with every type and every shape of actor, sooner or later', () => {
    const generator = new EventGenerator(2);
    const types = new Set<string>();
    const actors = new Set<string>();
    for (let number = 0; number < 30_000; number += 1) {
      types.add(generator.type(number));
      actors.add(actorShape(generator.record(number, 1).toString()));
    }
    expect(types.size).toBe(149);
    expect([...actors].sort((left, right) => left.localeCompare(right))).toEqual([
      'absent',
      'null',
      'service_account',
      'session ip_address',
      'session ip_address user_agent ja3 ja4 ip_address_details',
      'session user ip_address',
      'session user ip_address user_agent ja3 ja4 ip_address_details',
      'user',
      'user without id',
    ]);
  });
});

interface Actor {
  readonly session?: object;
  readonly api_key?: { readonly id?: string; readonly type: string };
}

/** One word for each form that `actor` can take. */
function actorShape(text: string): string {
  // The generator's own records; the cases above fail when they differ from this.
  const { actor } = JSON.parse(text) as { readonly actor?: Actor | null };
  if (actor === undefined) return 'absent';
  if (actor === null) return 'null';
  if (actor.session !== undefined) return `session ${Object.keys(actor.session).join(' ')}`;
  return `${actor.api_key?.type}${actor.api_key?.id === undefined ? ' without id' : ''}`;
}
