/** What an event has in Splunk’s search: texts by name, several where a field has several values. */

/** Undefined: null, the field is not there. Never an empty list. */
export type Value = readonly string[] | undefined;

export type Fields = ReadonlyMap<string, Value>;

/** The value of a field that has one. @throws Error when it has several, since Splunk then compares in its own ways. */
export function one(value: Value): string | undefined {
  if (value !== undefined && value.length > 1) throw new Error(`several values where one is compared: ${value.join()}`);
  return value?.[0];
}

export function isTrue(value: Value): boolean {
  return value?.[0] === 'true';
}
