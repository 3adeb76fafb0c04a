/**
 * Keys and tokens that an HTTP header has to carry: what stands around them by accident is taken off, and what no
 * header can carry, or no key has, is named by its kind. The key itself is in no message.
 */
import type { Finding, Path } from './problems.ts';

/** Keys of the YAML whose value goes into a header as it is; passwords may hold anything. */
const HEADER_KEY = /(^|_)(api_?key|app_?key|token|bearer)$/i;

export function isCredential(path: Path): boolean {
  return HEADER_KEY.test(String(path.at(-1)));
}

/** Without white space, byte order marks and characters of no width at either end. */
export function trimmed(value: string): string {
  let from = 0;
  let to = value.length;
  while (from < to && AROUND.test(value.charAt(from))) from += 1;
  while (to > from && AROUND.test(value.charAt(to - 1))) to -= 1;
  return value.slice(from, to);
}

/** One character. JavaScript counts the byte order mark as white space, and those of no width not. */
const AROUND = /[\s\u0085\u00AD\u180E\u200B-\u200F\u2028-\u202E\u2060-\u2064\uFEFF]/u;

/** @param value trimmed; @param files that it came from, as written. */
export function credentialProblem(
  value: string,
  { path, files }: { readonly path: Path; readonly files: readonly string[] },
): Finding | undefined {
  const where = files.length === 0 ? '' : ` (from ${files.join(', ')})`;
  const found = (what: string, fix: string): Finding => ({
    code: 'CONFIG_BAD_CREDENTIAL',
    path,
    expected: `${what}${where}`,
    fix,
  });
  if (value === '' && files.length > 0)
    return found('the file holds no key', 'write the key into it, and nothing else');
  const scheme = /^(bearer|basic|apikey|splunk)\s/i.exec(value)?.[1];
  if (scheme !== undefined) {
    return found(`the word ${scheme} stands before the key, and is put there by the relay`, 'write the key alone');
  }
  if (/^["'`‘’“”«»]|["'`‘’“”«»]$/.test(value)) {
    return found('quotes stand around the key, and are part of it', 'remove them, where the value is set');
  }
  const kind = kindOfStranger(value);
  return kind === undefined ? undefined : found(`${kind} stands within the key`, 'write the key alone, on one line');
}

const KINDS: readonly (readonly [pattern: RegExp, kind: string])[] = [
  [/[\r\n\u2028\u2029\u0085]/, 'a line break'],
  [/\t/, 'a tab'],
  [/ /, 'a space'],
  [/\uFEFF/, 'a byte order mark'],
  [/[\u00AD\u180E\u200B-\u200F\u202A-\u202E\u2060-\u2064]/, 'a character of no width'],
  [/[\u00A0\u2000-\u200A\u202F\u205F\u3000]/, 'a space of another kind, such as one that does not break'],
  [/[\u2010-\u2015\u2212]/, 'a dash that is no hyphen'],
  [/\p{Cc}/u, 'a control character'],
  [/\uFFFD/, 'a byte that is no UTF-8'],
  [/[^\x21-\x7E]/, 'a character beyond ASCII'],
];

function kindOfStranger(value: string): string | undefined {
  return KINDS.find(([pattern]) => pattern.test(value))?.[1];
}
