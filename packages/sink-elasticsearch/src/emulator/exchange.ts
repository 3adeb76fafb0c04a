/** What comes to the emulator and goes from it. */

export interface EmulatorRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body, unpacked. */
  readonly text: string;
}

export interface EmulatorReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const JSON_TYPE = {
  'content-type': 'application/vnd.elasticsearch+json;compatible-with=8',
  'x-elastic-product': 'Elasticsearch',
};

export function ok(body: object, status = 200): EmulatorReply {
  return { status, headers: JSON_TYPE, body: JSON.stringify(body) };
}

/** The error of a whole request. */
export function refusal(status: number, type: string, reason = ''): EmulatorReply {
  return ok({ error: { type, reason, root_cause: [{ type, reason }] }, status }, status);
}

/** The error of an item. */
export function failed(status: number, type: string, reason = ''): object {
  return { status, error: { type, reason } };
}

/** What one pair of lines of a bulk asks for. */
export interface Action {
  readonly operation: string;
  readonly index: string | undefined;
  readonly id: string;
  readonly source: string;
}

/** The actions of a bulk, in order; none in other requests. Throws when it is not made of pairs of lines. */
export function actionsIn({ path, text }: Pick<EmulatorRequest, 'path' | 'text'>): readonly Action[] {
  if (!path.split('?')[0]?.endsWith('/_bulk')) return [];
  const lines = text.split('\n').slice(0, -1);
  if (lines.length % 2 !== 0) throw new Error(`a bulk of ${lines.length} lines`);
  return lines.flatMap((line, at) => {
    if (at % 2 === 1) return [];
    const entries = Object.entries<{ readonly _index?: string; readonly _id?: string }>(JSON.parse(line));
    const [operation, { _index: index, _id: id = '' }] = entries[0] ?? ['', {}];
    return [{ operation, index, id, source: lines[at + 1] ?? '' }];
  });
}

/** The first parameter of a bulk that this version does not know. */
export function unknownParameter(path: string, version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const names = [...new URL(path, 'http://peer').searchParams.keys()];
  return names.find((name) => !(name in SINCE) || (major === 8 && minor < (SINCE[name] ?? 0)));
}

/** Parameters of a bulk, with the minor version of 8 that brought them. */
const SINCE: Readonly<Record<string, number>> = {
  filter_path: 0,
  timeout: 0,
  require_data_stream: 13,
  include_source_on_error: 18,
};
