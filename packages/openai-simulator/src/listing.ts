/**
 * The later steps of an answer: a page that was found becomes a listing, knobs alter it, and it is
 * written as JSON. What the log holds is not touched: only what is told of it.
 */
import type { Knobs } from './knobs.ts';

/** An answer before it is written. A member that is undefined is left out. */
export interface Listing {
  /** Records as they stand in the list, byte for byte. */
  readonly records: readonly Uint8Array[];
  readonly hasMore: boolean;
  readonly object: 'list' | undefined;
  /** Null on an empty page. */
  readonly firstId: string | null | undefined;
  readonly lastId: string | null | undefined;
}

type Alteration = (listing: Listing, knobs: Knobs) => Listing;

/** Each does nothing while its knob stands as it came. */
const alterations: readonly Alteration[] = [
  (listing, { envelope }) => (envelope.object === 'present' ? listing : { ...listing, object: undefined }),
  (listing, { envelope }) => {
    if (envelope.ids === 'present') return listing;
    const id = envelope.ids === 'null' ? null : undefined;
    return { ...listing, firstId: id, lastId: id };
  },
  (listing, { no_last_id }) => (no_last_id ? { ...listing, lastId: undefined } : listing),
  (listing, { has_more_lies }) =>
    has_more_lies === 'no' ? listing : { ...listing, hasMore: has_more_lies === 'true' },
  (listing, { big_record_bytes }) =>
    big_record_bytes === 0 ? listing : inFirstRecord(listing, Buffer.alloc(big_record_bytes, 'x')),
  (listing, { record_bytes }) => {
    if (record_bytes === 0) return listing;
    const text = Buffer.alloc(record_bytes, 'x');
    return { ...listing, records: listing.records.map((record) => withMember(record, text)) };
  },
  (listing, { bad_utf8 }) => (bad_utf8 ? inFirstRecord(listing, Buffer.from([0xff, 0xfe])) : listing),
];

/** The listing as it is told. */
export function altered(listing: Listing, knobs: Knobs): Listing {
  return alterations.reduce((told, alter) => alter(told, knobs), listing);
}

/** `{"object":"list","data":[…],"first_id":"audit_log-…","last_id":"audit_log-…","has_more":true}` */
export function encodeListing({ records, hasMore, object, firstId, lastId }: Listing): Buffer {
  const head = object === undefined ? '{"data":[' : `{"object":"${object}","data":[`;
  const tail = `]${member('first_id', firstId)}${member('last_id', lastId)},"has_more":${hasMore}}`;
  return Buffer.concat([Buffer.from(head), ...commaSeparated(records), Buffer.from(tail)]);
}

/** The older dialect: `{"data":[…],"has_more":true,"after":"log_…"}`, or the list alone. */
export function encodeLogs({ records, hasMore, lastId }: Listing, form: Knobs['organization_logs']): Buffer {
  const [head, tail] =
    form === 'array' ? ['[', ']'] : [`{"${form}":[`, `],"has_more":${hasMore}${member('after', lastId)}}`];
  return Buffer.concat([Buffer.from(head), ...commaSeparated(records), Buffer.from(tail)]);
}

function member(name: string, value: string | null | undefined): string {
  return value === undefined ? '' : `,"${name}":${JSON.stringify(value)}`;
}

const comma = Buffer.from(',');

/** The records' own bytes, whatever they are: nothing between file and wire reads them. */
function commaSeparated(records: readonly Uint8Array[]): readonly Uint8Array[] {
  return records.flatMap((record, index) => (index === 0 ? [record] : [comma, record]));
}

/** Adds a member that the API does not know, so that the record stays itself under its id. */
function inFirstRecord(listing: Listing, text: Buffer): Listing {
  const [first, ...others] = listing.records;
  return first === undefined ? listing : { ...listing, records: [withMember(first, text), ...others] };
}

/** A record that is no object stays as it is. */
function withMember(record: Uint8Array, text: Buffer): Uint8Array {
  const end = record.lastIndexOf(0x7d);
  const value: unknown = JSON.parse(Buffer.from(record).toString());
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return record;
  const name = Buffer.from(`${Object.keys(value).length === 0 ? '' : ','}"simulator_padding_${text.length}":"`);
  return Buffer.concat([record.subarray(0, end), name, text, Buffer.from('"'), record.subarray(end)]);
}
