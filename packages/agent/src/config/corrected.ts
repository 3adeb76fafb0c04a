/**
 * What a value needs to become one that its schema takes: each correction was tried on the schema before it is told. A
 * text of the user's is never repeated, since it may be secret.
 */

const NUMBER = /^\d+(\.\d+)?$/;
/** From the likeliest. */
const UNITS = ['s', 'ms', 'm', 'B', 'kB', 'MiB'] as const;

/** @param takes whether the schema takes a candidate in the place of `value`. @returns the fix; undefined: none is known. */
export function corrected(value: unknown, takes: (candidate: string) => boolean): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return undefined;
  const text = String(value);
  if (typeof value !== 'string' && takes(text)) return 'put it between quotes';
  if (!NUMBER.test(text)) return takes(`https://${text}`) ? 'begin it with https://' : undefined;
  const unit = UNITS.find((one) => takes(`${text}${one}`));
  if (unit !== undefined) return `add its unit, such as ${text}${unit}`;
  return takes(`127.0.0.1:${text}`) ? `write host and port, such as 127.0.0.1:${text}` : undefined;
}
