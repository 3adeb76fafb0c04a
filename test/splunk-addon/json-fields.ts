/**
 * What KV_MODE = json makes of an event, within the limits that Splunk has unless an administrator says otherwise
 * (limits.conf of 10.2: `[spath] extraction_cutoff` 5,000 bytes, `[kv] limit` 100 fields).
 */
import { visit } from 'jsonc-parser';
import type { Fields } from './fields.ts';

export const CUTOFF_BYTES = 5_000;
export const FIELD_LIMIT = 100;

/** A value of the document, with the byte at which it ends. */
export interface Leaf {
  /** As Splunk calls the field: `a.b`, `list{}`, `list{}.name`. */
  readonly field: string;
  readonly text: string;
  readonly endByte: number;
}

/** Every value of a JSON text, in its order; of one that is cut off, those that are whole. */
export function leavesOf(json: string): readonly Leaf[] {
  const leaves: Leaf[] = [];
  let endByte = 0;
  let upTo = 0;
  visit(json, {
    onLiteralValue: (value: unknown, offset, ...[length, , , pathOf]) => {
      endByte += Buffer.byteLength(json.slice(upTo, offset + length));
      upTo = offset + length;
      const isWhole = upTo < json.length;
      // JSON’s null is the text null.
      if (isWhole) leaves.push({ field: nameOf(pathOf()), text: String(value), endByte });
    },
  });
  return leaves;
}

function nameOf(path: readonly (string | number)[]): string {
  return path.map((part, index) => (typeof part === 'number' ? '{}' : index === 0 ? part : `.${part}`)).join('');
}

/** @param cutoff bytes of the text that are read. */
export function jsonFields(raw: string, cutoff: number = CUTOFF_BYTES): Fields {
  const fields = new Map<string, string[]>();
  for (const { field, text } of leavesOf(Buffer.from(raw).subarray(0, cutoff).toString('utf8'))) {
    const values = fields.get(field);
    if (values !== undefined) values.push(text);
    else if (fields.size < FIELD_LIMIT) fields.set(field, [text]);
  }
  return fields;
}
