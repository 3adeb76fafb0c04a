/** Where an event goes: the data stream, or the index of the event's own time. */

/** Default of `index`: a month each, so that an event's index is known for ever. */
export const INDEX_PATTERN = 'openai-audit-%Y.%m';

/** ECS `data_stream.dataset` of our own documents. */
export const DATASET = 'openai.org_audit';

/** The dataset of Elastic's own integration (package `openai`, data stream `audit`, read 2026-08). */
export const INTEGRATION_DATASET = 'openai.audit';

/** What of the config says where events go. */
export interface TargetConfig {
  readonly mode: 'data_stream' | 'index';
  readonly namespace: string;
  readonly index?: string;
  readonly elastic_integration: boolean;
}

/** The data stream; undefined with `mode: index`. */
export function streamOf({ mode, namespace, elastic_integration }: TargetConfig): string | undefined {
  if (mode === 'index') return undefined;
  return `logs-${elastic_integration ? INTEGRATION_DATASET : DATASET}-${namespace}`;
}

/** What all targets are matched by, as in privileges: the stream itself, or `openai-audit-*`. */
export function namesOf(config: TargetConfig): string {
  return streamOf(config) ?? (config.index ?? INDEX_PATTERN).replace(/%[Ymd].*$/, '*');
}

/** Why `pattern` can name no index, or not one that an event keeps for ever; undefined when it can. */
export function patternProblem(pattern: string): string | undefined {
  const name = pattern.replaceAll(/%[Ymd]/g, '0');
  if (name.includes('%')) return 'expected no other placeholders than %Y, %m and %d';
  // elastic.co/docs/api/doc/elasticsearch, create an index: names (read 2026-08).
  if (/[\\/*?"<>|\s,#:A-Z]/.test(name)) return 'expected a lower-case name without \\ / * ? " < > | , # : or spaces';
  if (/^[-_+.]/.test(name)) return 'expected a name that begins with a letter or digit';
  return Buffer.byteLength(name) > 200 ? 'expected at most 200 bytes' : undefined;
}

/**
 * A function from an event's time (milliseconds, UTC) to its index. The last answer is remembered:
 * events come by their time, so that nearly all of a batch share one index.
 */
export function indexNamer(pattern: string): (timeMs: number) => string {
  let lastDay = Number.NaN;
  let lastName = '';
  return (timeMs) => {
    const day = Math.floor(timeMs / 86_400_000);
    if (day !== lastDay) {
      const [date = ''] = new Date(timeMs).toISOString().split('T');
      const [year = '', month = '', dayOfMonth = ''] = date.split(/(?<=\d)-/);
      lastName = pattern.replaceAll('%Y', year).replaceAll('%m', month).replaceAll('%d', dayOfMonth);
      lastDay = day;
    }
    return lastName;
  };
}
