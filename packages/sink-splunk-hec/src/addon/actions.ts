/**
 * `addon/lookups/openai_audit_actions.csv`: what each event type means in Splunk's Common Information Model. It is made from
 * the core's table of event types by `npm run addon`, since a sink package cannot ask the core; here it is read back.
 */

/** One line of the file. */
export interface ActionRow {
  /** A type, or `*.word` for types that end in a word and are not known. */
  readonly eventAction: string;
  /** `Authentication`, `Change`, `Account_Management`; empty for what no data model has a place for. */
  readonly dataModel: string;
  readonly changeType: string;
}

/** No value holds a comma or a quote: a test looks. @throws Error when the columns are not those that are expected. */
export function readActions(csv: string): readonly ActionRow[] {
  const [header = '', ...lines] = csv.trim().split('\n');
  const columns = header.split(',');
  const at = (name: string): number => {
    const index = columns.indexOf(name);
    if (index === -1) throw new Error(`openai_audit_actions.csv has no column ${name}`);
    return index;
  };
  const [eventAction, dataModel, changeType] = [at('event_action'), at('data_model'), at('change_type')];
  return lines.map((line) => {
    const cells = line.split(',');
    return {
      eventAction: cells[eventAction] ?? '',
      dataModel: cells[dataModel] ?? '',
      changeType: cells[changeType] ?? '',
    };
  });
}
