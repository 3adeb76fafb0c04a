/** The schema of the documents and its version, as a consumer can tell it from a header: `ecs/9.2.0`. */
import type { Envelope, SinkContext } from '@audit-relay/sink';

/** Where the documents of a schema name its version; within a text of theirs the quotes would be escaped. */
const VERSIONS: Readonly<Record<string, RegExp>> = {
  ecs: /"ecs":\{"version":"([\w.-]{1,20})"/,
  ocsf: /"metadata":\{(?:[^{}]*,)?"version":"([\w.-]{1,20})"/,
};

/** The schema alone where no version stands in the document, as in OpenAI's own record: `raw`. */
export function schemaVersionOf({ json }: Pick<Envelope, 'json'>, format: SinkContext['format'] = 'ecs'): string {
  const version = VERSIONS[format]?.exec(json)?.[1];
  return version === undefined ? format : `${format}/${version}`;
}
