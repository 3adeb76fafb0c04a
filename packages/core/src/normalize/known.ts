/** What this version knows of the API, for whoever checks a configuration or shows it. Relaying needs none of it. */
import type { Dialect } from '../entry.ts';
import { type Classification, knownPatterns, knownTypes } from './event-types.ts';
import { isKnownPath, knownPaths } from './known-fields.ts';
import { TYPES_BY_OLD_NAME } from './organization-logs.ts';

export interface Known {
  /** Every type of event with its line, in the order of the table. */
  types(): readonly (readonly [type: string, line: Classification])[];
  /** What types that are not known are told apart by, with their lines, the first that fits: `*.created`; last of all `*`. */
  patterns(): readonly (readonly [pattern: string, line: Classification])[];
  /** Types that the `organization_logs` dialect has under a name of its own: that name, and the type it stands for. */
  oldNames(): ReadonlyMap<string, string>;
  /** The paths at which a record of these dialects may hold something, as `redact` names them. */
  paths(dialects: readonly Dialect[]): readonly string[];
  /** Whether a path of `redact` can name anything in such a record. */
  isPath(path: string, dialects: readonly Dialect[]): boolean;
}

export const known: Known = {
  types: knownTypes,
  patterns: knownPatterns,
  oldNames: () => TYPES_BY_OLD_NAME,
  paths: knownPaths,
  isPath: isKnownPath,
};
