/**
 * What the files of `addon` leave open is put in here when the add-on is built. Splunk's calculated fields know neither macros nor
 * each other, so what many of them say alike is written once:
 *
 *     @VERSION@            the package's version
 *     @ACCOUNT_ACTIONS@    "user.added", "user.deleted", …: event types, from the lookup
 *     @{user.email}        the field, or where KV_MODE did not come so far, what a JSON function finds
 *     @PAYLOAD{data.name}  the same of a raw record's payload, which stands under the name of its type
 */
import type { ActionRow } from './actions.ts';

export type Fill = (text: string) => string;

export function fillWith(version: string, rows: readonly ActionRow[]): Fill {
  const values: Readonly<Record<string, string>> = { VERSION: version, ...listsOf(rows) };
  return (text) =>
    text
      .replace(
        /@PAYLOAD\{([\w.]+(?:\{\}[\w.]+)?)\}/g,
        (_, path: string) => `nullif(json_extract(${PAYLOAD}, "${path}"), "")`,
      )
      .replace(/@\{([\w.]+)\}/g, (_, field: string) => `coalesce('${field}', json_extract(_raw, "${field}"))`)
      .replace(/@([A-Z]+(?:_[A-Z]+)*)@/g, (whole, name: string) => values[name] ?? whole);
}

/**
 * OpenAI names it as the type, dots and all, which only the `exact` function finds; some products in between store it with
 * underscores, or as `details`.
 */
const PAYLOAD =
  'coalesce(json_extract_exact(_raw, event_action), json_extract_exact(_raw, replace(event_action, "[.]", "_")), json_extract_exact(_raw, "details"))';

/** An event type of Splunk is searched by whole names; the rows with a `*` are the lookup's alone. */
function listsOf(rows: readonly ActionRow[]): Readonly<Record<string, string>> {
  const listed = (isIn: (row: ActionRow) => boolean): string =>
    rows.flatMap((row) => (row.eventAction.includes('*') || !isIn(row) ? [] : [`"${row.eventAction}"`])).join(', ');
  return {
    AUTHENTICATION_ACTIONS: listed(({ dataModel }) => dataModel === 'Authentication'),
    ACCOUNT_ACTIONS: listed(({ dataModel }) => dataModel === 'Account_Management'),
    UNCHANGING_ACTIONS: listed(({ changeType }) => changeType === ''),
  };
}
