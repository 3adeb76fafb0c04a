/**
 * A configuration as the status page shows it: what the file says, without a comment or a secret. Safe by default: of a
 * sink whose keys are not known here, every text is taken for a secret.
 */
import { LANE_KEYS } from '@audit-relay/core';
import { type Document, stringify } from 'yaml';
import { BUILT_IN, PUBLISHED } from '../plugins.ts';
import type { Path } from './problems.ts';
import { isSecret, secretsOf } from './secret-values.ts';

/** In the place of what is not shown. */
export const HIDDEN = '[hidden]';

/** References and nothing else: they say where the secret is, and nothing of it. One text has one reading, so a long one takes no longer. */
const REFERENCES = /^(?:\$\{(?:file:[^}]*|(?!file:)[A-Za-z_]\w*(?::-\[hidden\])?)\})+$/;
const DEFAULT = /(\$\{[A-Za-z_]\w*:-)[^}]*\}/g;
/** A key where none is expected, as its maker writes it: OpenAI, AWS, GitHub, Slack, and a JSON Web Token. */
const KEY_LIKE = /\b(?:sk-[\w-]{8}|(?:AKIA|ASIA)[A-Z0-9]{16}|gh[opsu]_\w{20}|xox[abp]-[\w-]{10}|eyJ[\w-]{8})/;
/** What stands behind the question mark of an address may be a token. */
const QUERY = /^([a-z][a-z0-9+.-]*:\/\/[^?#\s]*)[?#].*$/is;

/**
 * YAML; empty where the text makes no tree.
 * @param document as it is written, nothing put in
 */
export function shownConfiguration(document: Document): string {
  try {
    const tree: unknown = document.toJS({ maxAliasCount: 10 });
    return tree === null ? '' : stringify(shownValue(tree, [], 'known'), { lineWidth: 0 });
  } catch {
    return '';
  }
}

/** What is known of the keys here: `secret` is all that stands below the key of one. */
type Kind = 'known' | 'strange' | 'secret';

function shownValue(value: unknown, path: Path, kind: Kind): unknown {
  if (Array.isArray(value)) return value.map((item, index) => shownValue(item, [...path, index], kind));
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value);
    return Object.fromEntries(entries.map(([key, item]) => shownEntry({ key, item, of: value }, path, kind)));
  }
  if (value === null || typeof value === 'boolean') return value;
  if (kind === 'secret') return shownSecret(`${value as string | number}`);
  return typeof value === 'string' ? shownText(value, path, kind) : value;
}

interface EntryOf {
  readonly key: string;
  readonly item: unknown;
  readonly of: object;
}

function shownEntry({ key, item, of }: EntryOf, path: Path, kind: Kind): [string, unknown] {
  const inner = [...path, key];
  if (kind === 'secret' || isSecret(inner)) return [key, shownValue(item, inner, 'secret')];
  if (path[0] === 'sinks' && path.length === 2) {
    const known = LANE_KEYS.includes(key) || key === 'type' || isOurs(Object(of).type);
    return [key, shownValue(item, inner, known ? 'known' : 'strange')];
  }
  return [key, shownValue(item, inner, kind)];
}

function isOurs(type: unknown): boolean {
  return typeof type === 'string' && (BUILT_IN.has(type) || PUBLISHED.includes(type));
}

function shownSecret(text: string): string {
  const bare = text.trim().replace(DEFAULT, `$1${HIDDEN}}`);
  return REFERENCES.test(bare) ? bare : HIDDEN;
}

function shownText(text: string, path: Path, kind: 'known' | 'strange'): string {
  if (kind === 'strange') return shownSecret(text);
  if (KEY_LIKE.test(text)) return HIDDEN;
  const without = secretsOf(text, path, false).reduce((shown, secret) => shown.replaceAll(secret, HIDDEN), text);
  return without.replace(QUERY, `$1?${HIDDEN}`);
}
