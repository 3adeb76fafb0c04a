/**
 * What the objects of one `source` are called. Two sinks with the same source share one set of objects, and two sources have one set each, so
 * that no sink's set-up ever undoes another's.
 */
import { hash } from 'node:crypto';

export interface Names {
  /** The Datadog source whose events they are about. */
  readonly source: string;
  /** A title or name for people. */
  title(text: string): string;
  /** What tells it from our others, in its mark. */
  key(text: string): string;
}

/** The source whose objects bear no addition. */
const DEFAULT_SOURCE = 'openai-audit';

export function namesFor(source: string): Names {
  if (source === DEFAULT_SOURCE) return { source, title: (text) => text, key: (text) => text };
  // A source may hold what a mark may not.
  const suffix = hash('sha256', source).slice(0, 8);
  return { source, title: (text) => `${text} (${source})`, key: (text) => `${text}-${suffix}` };
}
