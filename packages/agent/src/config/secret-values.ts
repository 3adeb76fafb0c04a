/** Which values of a configuration and of the environment are secrets, and in which forms each may turn up. */
import type { Environment } from '../process-io.ts';
import type { Path } from './problems.ts';

/** Keys whose value is a credential, in every source and sink. */
const SECRET_KEY =
  /(^|_)((api|app|access|account|secret|shared|signing|private|redact|encryption)_?key|token|password|passphrase|secret|bearer|credentials?|authorization|connection_string)$/i;
/** Keys whose value is an address that may stand without its scheme. */
const ADDRESS_KEY = /(^|_)proxy$/i;
/** Shorter ones would blank out ordinary words of the log. */
const SHORTEST_SECRET = 4;

/** Whether what stands at this place is a credential, by the name of its key. */
export function isSecret(path: Path): boolean {
  return SECRET_KEY.test(String(path.at(-1)));
}

/** What of a value must never be seen: all of it, or what stands before the @ of an address. */
export function secretsOf(value: string, path: Path, isWhole: boolean): readonly string[] {
  const parts = [...(isWhole ? [value] : []), ...inAddress(value, ADDRESS_KEY.test(String(path.at(-1))))];
  return parts.filter((secret) => secret.length >= SHORTEST_SECRET);
}

/** The passwords of proxies: `HTTPS_PROXY` and its like, in either case of letters. */
export function secretsOfEnvironment(env: Environment): readonly string[] {
  const proxies = Object.entries(env).filter(([name]) => ADDRESS_KEY.test(name));
  return proxies.flatMap(([name, value]) => secretsOf(value ?? '', [name], false));
}

/** Names of the variables of proxies that hold one. */
export function secretNamesIn(env: Environment): readonly string[] {
  return Object.keys(env).filter((name) => secretsOfEnvironment({ [name]: env[name] }).length > 0);
}

/** The password, or a token in the place of a user; as it is written, as it is meant, and as Basic packs it up. */
function inAddress(value: string, isAddress: boolean): readonly string[] {
  const info = /^\s*(?:[a-z][a-z0-9+.-]*:\/\/)([^/?#\s]*)@/i.exec(value)?.[1] ?? (isAddress ? bare(value) : undefined);
  if (info === undefined) return [];
  const [user = '', ...rest] = info.split(':');
  const password = rest.length === 0 ? user : rest.join(':');
  const meant = decoded(password);
  return [...new Set([password, meant, Buffer.from(`${decoded(user)}:${meant}`).toString('base64')])];
}

function bare(value: string): string | undefined {
  return /^\s*([^/?#\s]*)@/.exec(value)?.[1];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
