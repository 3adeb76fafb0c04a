/** Which of the two text formats a scraper wants, by its `Accept` (RFC 9110, section 12.5.1). */
import type { Exposition } from './text.ts';

/**
 * OpenMetrics for whoever names it and likes it no less than plain text; plain text for everybody else, a browser and curl
 * included. Other formats, such as Prometheus's own in protobuf, are not spoken.
 */
export function expositionFor(accept: string | undefined): Exposition {
  const ranges = (accept ?? '').split(',').map(rangeOf);
  const open = ranges.filter(({ type, version }) => type === OPEN_METRICS && OPEN_VERSIONS.has(version));
  const plain = ranges.filter(({ type, version }) => type === 'text/plain' && PLAIN_VERSIONS.has(version));
  const liking = best(open);
  return liking > 0 && liking >= best(plain) ? 'openmetrics' : 'plain';
}

const OPEN_METRICS = 'application/openmetrics-text';
const OPEN_VERSIONS: ReadonlySet<string> = new Set(['', '0.0.1', '1.0.0']);
const PLAIN_VERSIONS: ReadonlySet<string> = new Set(['', '0.0.4']);

interface Range {
  readonly type: string;
  /** Empty: any. */
  readonly version: string;
  /** How well it is liked, 0 to 1. */
  readonly quality: number;
}

function rangeOf(text: string): Range {
  const [type = '', ...rest] = text.split(';').map((part) => part.trim().toLowerCase());
  const parameter = (name: string): string | undefined =>
    rest
      .find((part) => part.startsWith(`${name}=`))
      ?.slice(name.length + 1)
      .replaceAll('"', '');
  const quality = Number(parameter('q') ?? 1);
  return { type, version: parameter('version') ?? '', quality: quality >= 0 && quality <= 1 ? quality : 0 };
}

function best(ranges: readonly Range[]): number {
  return Math.max(0, ...ranges.map(({ quality }) => quality));
}
