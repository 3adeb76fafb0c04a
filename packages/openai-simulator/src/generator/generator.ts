/**
 * Makes events out of a seed and a number, on demand: a million of them take no memory until a page
 * asks for a hundred, and the same page is the same bytes each time.
 */
import { feedOf } from '../feed.ts';
import { drawActor } from './actors.ts';
import { documentedTypes } from './documented-types.ts';
import { Draw } from './draw.ts';
import { eventId, eventNumber } from './event-id.ts';
import type { EventType } from './event-type.ts';
import { createOrganization, type Organization } from './organization.ts';
import { Random } from './random.ts';
import { tenantTypes } from './tenant-types.ts';

/** All 149 current types. */
export const eventTypes: readonly EventType[] = [...documentedTypes, ...tenantTypes];

const contentStream = 0;

/** One seed's events, numbered from 0. */
export class EventGenerator {
  readonly #seed: number;
  readonly #organization: Organization;
  readonly #sums: readonly number[];

  /** @param seed a whole number; the same seed makes the same events. */
  constructor(seed: number) {
    this.#seed = seed;
    this.#organization = createOrganization(seed);
    let sum = 0;
    this.#sums = eventTypes.map(({ weight }) => (sum += weight));
  }

  /** The type of event `number`, without making the rest of it. */
  type(number: number): string {
    return this.#drawType(new Random(this.#seed, contentStream, number)).type;
  }

  /** `audit_log-` and 24 letters and digits. */
  id(number: number): string {
    return eventId(this.#seed, number);
  }

  /** The number of the event with this id, whether it has happened yet or not; undefined when it is of another make. */
  numberOf(id: string): number | undefined {
    return eventNumber(this.#seed, id);
  }

  /**
   * The record as it stands in `data`, about 660 bytes in the mean:
   * `{"object":"organization.audit_log","id":"audit_log-…","type":"login.succeeded","effective_at":1795322501,"actor":{…}}`
   */
  record(number: number, effectiveAt: number): Buffer {
    const random = new Random(this.#seed, contentStream, number);
    const eventType = this.#drawType(random);
    const draw = new Draw(random, this.#organization);
    const record = {
      object: 'organization.audit_log',
      id: this.id(number),
      type: eventType.type,
      effective_at: effectiveAt,
      project: drawProject(draw, eventType),
      actor: drawActor(draw, eventType.type),
      ...drawPayload(draw, eventType),
    };
    return Buffer.from(JSON.stringify(record));
  }

  #drawType(random: Random): EventType {
    const drawn = random.below(this.#sums.at(-1) ?? 0);
    let [low, high] = [0, this.#sums.length - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#sums[middle] ?? 0) > drawn) high = middle;
      else low = middle + 1;
    }
    // Below the last sum by construction, which the compiler cannot see.
    return eventTypes[low] as EventType;
  }
}

/** Logins and tenant events belong to no project; of the rest, what an Admin API key did is put on the default one. */
function drawProject(draw: Draw, { type, payload }: EventType): object | undefined {
  const project = draw.project();
  return payload === 'none' || type === 'login.failed' || feedOf(type) === 'tenant' ? undefined : project;
}

function drawPayload(draw: Draw, { type, payload }: EventType): object {
  if (payload === 'none') return {};
  if (payload !== 'undocumented') return { [type]: payload(draw) };
  const object = { id: draw.id(`${type.split('.').at(-2) ?? type}_`, 16) };
  return draw.random.pick([{}, { [type]: object }, { details: object }]);
}
