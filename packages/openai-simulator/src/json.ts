/** Reads records of which nothing may be assumed: any step into what is not there gives undefined. */

/** The value at `path`, such as `at(record, 'actor', 'session', 'user')`. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce(member, value);
}

/** The same when it is a string, else undefined. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : undefined;
}

function member(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  // Any object may be read by key; what comes out stays unknown.
  return (value as Readonly<Record<string, unknown>>)[key];
}
