/** From documents to the body of a request: envelopes one after another, each around the text as it came. */
import type { Envelope, SinkContext } from '@audit-relay/sink';
import type { SplunkHecConfig } from './config.ts';

type Metadata = Pick<SplunkHecConfig, 'index' | 'sourcetype' | 'source' | 'host'>;

/** One envelope as text, without a newline. */
export type Wrap = (envelope: Envelope) => string;

/** What is the same for all events is made into text once. */
export function wrapOf({ index, sourcetype, source, host }: Metadata, format: SinkContext['format'] = 'ecs'): Wrap {
  const fixed = {
    source,
    sourcetype: sourcetype ?? `openai:audit:${format}`,
    ...(index === undefined ? {} : { index }),
  };
  const fixedText = JSON.stringify(fixed).slice(1, -1);
  return ({ id, type, timeMs, json, facts: { organization, project, source: name } }) => {
    const from = host ?? `openai:${organization?.id ?? name}`;
    // Not `action`, which the Common Information Model has for success, failure, created and their like.
    const fields = {
      event_id: id,
      event_action: type,
      ...(project?.id === undefined ? {} : { project_id: project.id }),
    };
    const own = `"time":${secondsOf(timeMs)},"host":${JSON.stringify(from)},${fixedText}`;
    return `{${own},"fields":${JSON.stringify(fields)},"event":${json}}`;
  };
}

export function bodyOf(envelopes: readonly Envelope[], wrap: Wrap): string {
  return envelopes.map(wrap).join('\n');
}

/** Splunk reads seconds; whole milliseconds there would be a time tens of thousands of years ahead. */
function secondsOf(timeMs: number): string {
  return (timeMs / 1_000).toFixed(3);
}
