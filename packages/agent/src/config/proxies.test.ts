/** Which proxies of the environment are problems, and where. */
import { expect, test } from 'vitest';
import { unusableProxies } from './proxies.ts';

const SOCKS = { HTTPS_PROXY: 'socks5://ada:canary@127.0.0.1:1080', HTTP_PROXY: 'http://127.0.0.1:3128' };

test.each<{ name: string; raw: Record<string, unknown>; env?: Record<string, string>; at: readonly string[] }>([
  { name: 'a source of the public API', raw: { sources: { acme: {} } }, at: ['sources.acme'] },
  { name: 'a source with a proxy of its own', raw: { sources: { acme: { proxy: 'http://a:1' } } }, at: [] },
  { name: 'a source on this machine', raw: { sources: { acme: { base_url: 'http://127.0.0.1:1/v1' } } }, at: [] },
  {
    name: 'a source whose host is left out',
    raw: { sources: { acme: {} } },
    env: { ...SOCKS, NO_PROXY: 'openai.com' },
    at: [],
  },
  { name: 'a source through a good proxy', raw: { sources: { acme: { base_url: 'http://api.example' } } }, at: [] },
  {
    name: 'a sink with nodes',
    raw: { sinks: { es: { nodes: ['https://a.example', 'https://b.example'] } } },
    at: ['sinks.es'],
  },
  { name: 'a file sink', raw: { sinks: { disk: { path: '/https://x' } } }, at: [] },
  { name: 'no environment', raw: { sources: { acme: {} } }, env: {}, at: [] },
  { name: 'what is no map', raw: { sources: 'x', sinks: [null, 3] }, at: [] },
])('$name', ({ raw, env = SOCKS, at }) => {
  const findings = unusableProxies(raw, env);
  expect(findings.map(({ path }) => path.join('.'))).toEqual(at);
  expect(JSON.stringify(findings)).not.toContain('canary');
});
