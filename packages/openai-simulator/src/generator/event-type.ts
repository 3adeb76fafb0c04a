/** One row of the generator's table of event types. */
import type { Draw } from './draw.ts';

/** What the generator has to know of a type. */
export interface EventType {
  /** As on the wire, such as `api_key.created`. */
  readonly type: string;
  /** How often it happens, relative to the other rows. Ours: no frequencies are published. */
  readonly weight: number;
  /**
   * The object under the key named by the type. `none`: documented, without fields, so the key is
   * absent. `undocumented`: absent, an object with an id, or a top-level `details`, by chance.
   */
  readonly payload: ((draw: Draw) => object) | 'none' | 'undocumented';
}

/** A row with a documented payload. */
export function event(type: string, weight: number, payload: (draw: Draw) => object): EventType {
  return { type, weight, payload };
}
