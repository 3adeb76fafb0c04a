/** Which proxy leads to a URL: what a configuration or the environment says of it. */
import { isLeftOut, isLoopbackHost } from './no-proxy.ts';

/** A proxy that cannot be used. Its message names where it stands, never its value: that may hold a password. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';
  readonly code = 'PROXY_INVALID';
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * A proxy as it is written → its URL. Without a scheme it is an HTTP proxy: `proxy.example.com:3128`.
 * @param where the key or the variable that says so, for the message.
 * @throws ProxyError when it is no URL, or of another kind than http and https.
 */
export function parseProxy(text: string, where: string): URL {
  const trimmed = text.trim();
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(trimmed)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== 'http' && scheme !== 'https') {
    throw new ProxyError(
      `${where} names a ${scheme} proxy: only HTTP proxies are known, such as http://proxy.example.com:3128`,
    );
  }
  const url = URL.parse(scheme === undefined ? `http://${trimmed}` : trimmed);
  if (url !== null && url.hostname !== '' && /^\/?$/.test(url.pathname)) return url;
  throw new ProxyError(
    `${where} is no proxy: write it as http://proxy.example.com:3128, with % codes for what is special in a password`,
  );
}

/**
 * The proxy for URLs by the environment: `HTTPS_PROXY` or `HTTP_PROXY` by the URL's scheme, then `ALL_PROXY`; lower
 * case goes first. Undefined: none, for hosts in `NO_PROXY` and always for loopback.
 * @throws ProxyError by the function that is returned, for a URL whose proxy cannot be used.
 */
export function proxyFromEnvironment(env: Environment): (url: string) => string | undefined {
  return (text) => {
    const url = new URL(text);
    const scheme = url.protocol.slice(0, -1);
    const [where, value] = firstSet(env, [`${scheme}_proxy`, 'all_proxy']);
    if (value === undefined || isLoopbackHost(url.hostname)) return undefined;
    const port = url.port === '' ? (scheme === 'https' ? 443 : 80) : Number(url.port);
    const [, left] = firstSet(env, ['no_proxy']);
    if (left !== undefined && isLeftOut({ hostname: url.hostname, port }, left)) return undefined;
    return parseProxy(value, where).href;
  };
}

/** The first of these that is set and not empty, with its name as it is set. */
function firstSet(env: Environment, names: readonly string[]): readonly [name: string, value: string | undefined] {
  const all = names.flatMap((name) => [name, name.toUpperCase()]);
  const found = all.find((name) => (env[name] ?? '').trim() !== '');
  return [found ?? '', found === undefined ? undefined : env[found]?.trim()];
}
