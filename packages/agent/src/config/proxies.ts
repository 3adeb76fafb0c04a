/** Proxies that the environment names for a source or a sink: one that cannot be used is a problem before the start. */
import { proxyFromEnvironment } from '@audit-relay/sink-http';
import type { Environment } from '../process-io.ts';
import type { Finding } from './problems.ts';

/** One finding for each source or sink without a `proxy` of its own whose URL leads through such a proxy. */
export function unusableProxies(raw: Readonly<Record<string, unknown>>, env: Environment): readonly Finding[] {
  const proxyFor = proxyFromEnvironment(env);
  return ['sources', 'sinks'].flatMap((section) =>
    Object.entries(Object(raw[section])).flatMap(([name, part]): readonly Finding[] => {
      const { proxy, ...keys } = Object(part);
      // What is no map is the schema's to say.
      if (proxy !== undefined || Object(part) !== part) return [];
      const [problem] = urlsIn(section === 'sources' ? { base_url: PUBLIC_API, ...keys } : keys).flatMap((url) =>
        problemWith(url, proxyFor),
      );
      if (problem === undefined) return [];
      const [expected = '', fix = ''] = problem.split(': ', 2);
      return [{ code: 'CONFIG_PROXY_INVALID', path: [section, name], at: 'key', expected, fix }];
    }),
  );
}

/** What a source asks without a `base_url`. */
const PUBLIC_API = 'https://api.openai.com/v1';

/** Which key of a sink holds its address is the sink's own matter; what looks like one is one. */
function urlsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return /^https?:\/\//i.test(value) && URL.canParse(value) ? [value] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(urlsIn) : [];
}

function problemWith(url: string, proxyFor: (url: string) => string | undefined): readonly string[] {
  try {
    proxyFor(url);
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}
