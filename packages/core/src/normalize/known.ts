/** What this version knows of the API, for whoever checks a configuration or shows it. Relaying needs none of it. */
import type { Dialect } from '../entry.ts';
import { type Classification, knownTypes } from './event-types.ts';
import { isKnownPath, knownPaths } from './known-fields.ts';

export interface Known {
  /** Every type of event with its line, in the order of the table. */
  types(): readonly (readonly [type: string, line: Classification])[];
  /** The paths at which a record of these dialects may hold something, as `redact` names them. */
  paths(dialects: readonly Dialect[]): readonly string[];
  /** Whether a path of `redact` can name anything in such a record. */
  isPath(path: string, dialects: readonly Dialect[]): boolean;
}

export const known: Known = { types: knownTypes, paths: knownPaths, isPath: isKnownPath };
