/** Every regular expression of the built product, and those that are not linear by themselves. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'acorn';

export interface Pattern {
  /** As it is written: `/a+/g`. */
  readonly text: string;
  readonly source: string;
  readonly flags: string;
  readonly files: readonly string[];
}

export interface Scan {
  readonly patterns: readonly Pattern[];
  /** Calls of `RegExp` whose text is made at run time: `file: argument`. */
  readonly made: readonly string[];
}

const PACKAGES = join(import.meta.dirname, '../../packages');
const NO_PRODUCT = /\.test\.|__fixtures__|test\.fixture|\/emulator\/|\/examples\/|^openai-simulator|^sink-testkit/;

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly regex?: { readonly pattern: string; readonly flags: string };
  readonly callee?: { readonly name?: string };
}

export function scan(): Scan {
  const files = new Map<string, string[]>();
  const made: string[] = [];
  for (const { path, text } of modules()) {
    for (const node of nodesOf(parse(text, { ecmaVersion: 'latest', sourceType: 'module', allowHashBang: true }))) {
      if (node.regex !== undefined) {
        const key = `/${node.regex.pattern}/${node.regex.flags}`;
        files.set(key, [...(files.get(key) ?? []), path]);
      }
      if (node.callee?.name === 'RegExp') made.push(`${path}: ${text.slice(node.start, node.end)}`);
    }
  }
  const patterns = [...files].map(([text, places]) => {
    const end = text.lastIndexOf('/');
    return { text, source: text.slice(1, end), flags: text.slice(end + 1), files: places };
  });
  return { patterns, made };
}

function* modules(): Iterable<{ readonly path: string; readonly text: string }> {
  for (const name of readdirSync(PACKAGES)) {
    const dist = join(PACKAGES, name, 'dist');
    for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
      const path = `${name}/${file}`;
      // Of a source that is gone the built file stays until somebody removes it.
      const hasSource = existsSync(join(PACKAGES, name, 'src', file.replace(/\.js$/, '.ts')));
      if (file.endsWith('.js') && hasSource && !NO_PRODUCT.test(path)) {
        yield { path, text: readFileSync(join(dist, file), 'utf8') };
      }
    }
  }
}

function* nodesOf(value: unknown): Iterable<Node> {
  if (typeof value !== 'object' || value === null) return;
  // What acorn makes of a program: nodes, lists of them, and plain values.
  if ('type' in value) yield value as Node;
  for (const child of Object.values(value)) yield* nodesOf(child);
}

/**
 * Not linear by themselves, each with what bounds the text that it meets: the longest text, in characters, and the degree
 * of its growth, so that the worst number of steps is the one to the power of the other.
 */
export const BOUNDED: Readonly<
  Record<string, { readonly degree: number; readonly chars: number; readonly bound: string }>
> = {
  '/\\$\\{([^}\\n]*)\\}/g': {
    degree: 2,
    chars: 262_144,
    bound: 'a line of the configuration, which has 256 KiB at most',
  },
  '/(\\$\\{[A-Za-z_]\\w*:-)[^}]*\\}/g': { degree: 2, chars: 262_144, bound: 'a text of the configuration' },
  '/(?:\\b\\w+|[=<&|]+)$/': { degree: 2, chars: 262_144, bound: 'a filter of the configuration' },
  '/\\/+$/': { degree: 2, chars: 262_144, bound: 'an address of the configuration' },
  '/audit.?log.*(enable|activat|turned o|switched o|disabled)|(enable|activat).*audit.?log/i': {
    degree: 2,
    chars: 4_000,
    bound: 'the first words of a refusal, as refusal.ts cuts them',
  },
  '/%[Ymd].*$/': { degree: 2, chars: 262_144, bound: 'the name of an index in the configuration' },
  '/\\/services\\/collector(\\/.*)?$/': { degree: 2, chars: 262_144, bound: 'an address of the configuration' },
  '/pipeline with id \\[.{1,200}\\] does not exist/': {
    degree: 1,
    chars: 64 * 2 ** 20,
    bound: 'the gap has 200 characters, so that each place is looked at 400 times at most',
  },
};

/** Whose text is made at run time of the parts that stand in the same file, or of a filter that is RE2's. */
export const MADE: readonly RegExp[] = [
  /^agent\/(summary|dead-letters\/text)\.js: new RegExp\(`\.\{1,\$\{width\}\}/,
  /^sink-elasticsearch\/words\.js: new RegExp\(`(failed to parse field|dynamic introduction of) /,
  /^sink-http\/http-date\.js: new RegExp\(`\^\[a-z\]/,
];

/** Judged linear by recheck 4.5.0, which takes over a second for each: `npm run test:fuzz -- --patterns` judges them again. */
export const JUDGED: ReadonlySet<string> = new Set([
  '/^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?(Z|[+-]\\d\\d:\\d\\d)$/i',
  '/: (?=[^:]*$)/',
  '/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/',
  '/listening on (\\S+) \\(key ([^\\s,]+)/',
  '/^\\p{L}[\\p{L}\\p{N}_\\-:./]{0,199}$/u',
  '/^([0-9a-f]{2}:?){31}[0-9a-f]{2}$/i',
  '/\\[[A-Z_]{1,40}\\/(\\d{1,3})\\//',
  '/action \\[((?:indices|cluster):[a-z_/]{1,80})/',
  '/-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]*-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g',
  '/-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----/',
  '/^ERR_SSL_\\w*ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE_UNKNOWN|CERTIFICATE_EXPIRED|CERTIFICATE_REVOKED|UNSUPPORTED_CERTIFICATE|ACCESS_DENIED|DECRYPT_ERROR)/',
  '/^ERR_SSL_\\w*(PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|NO_SHARED_CIPHER|HANDSHAKE_FAILURE|INSUFFICIENT_SECURITY|NO_PROTOCOLS_AVAILABLE|UNSAFE_LEGACY_RENEGOTIATION_DISABLED|DH_KEY_TOO_SMALL)/',
  '/^ERR_SSL_\\w*UNRECOGNIZED_NAME/',
  '/"metadata":\\{(?:[^{}]*,)?"version":"([\\w.-]{1,20})"/',
  '/\\n\\n\\[audit-relay ([a-z0-9-]+)\\/(\\d+)\\/([0-9a-f]{16})\\]$/',
]);
