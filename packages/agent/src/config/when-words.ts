/** What to write where a `when` is no CEL: the words that other languages of filters have at that place. */

/** What stands at the mistake, from which on the text is looked at, and what CEL has for it. */
const WORDS: readonly (readonly [pattern: RegExp, fix: string])[] = [
  [/^(=|==)(?!=)|^=~/, 'write == for equal, != for not equal, and .matches("…") for a pattern'],
  [/^(and|&)(?![\w&])/i, 'write && for and'],
  [/^(or|\|)(?![\w|])/i, 'write || for or'],
  [/^not\s+in\b/i, 'write !(field in ["a", "b"])'],
  [/^<>|^>/, 'write != for not equal'],
  [/^is\b|^:/i, 'write == for equal'],
  [/^in\b/i, 'write in, in small letters'],
  [
    /^(like|contains|startswith|endswith|matches)\b/i,
    'write .contains("…"), .startsWith("…"), .endsWith("…") or .matches("…") after the field',
  ],
  [/^[“”‘’«»]/, 'write straight quotes: "…"'],
  [/^(true|false|null)\b/i, 'write true and false in small letters; has(field) says whether there is one'],
  [/^["']/, 'close the quotes'],
  [/^;/, 'leave the semicolon out'],
  [/^\$/, 'write the path of the field alone, such as event.action'],
];

const OTHERWISE = 'write CEL over the ECS fields that gives true or false';

/** @param place of the mistake, from 1. */
export function insteadInWhen(
  expression: string,
  place: { readonly line: number; readonly column: number },
  reason: string,
): string {
  const line = expression.split('\n')[place.line - 1] ?? '';
  const rest = line.slice(place.column - 1);
  if (/\bnot\s+$/i.test(line.slice(0, place.column - 1))) return 'write ! for not, such as !(a == "b")';
  // The parser stops within a word, or behind the first sign of two.
  const begin = line.slice(0, place.column - 1).search(/(?:\b\w+|[=<&|]+)$/);
  const whole = begin === -1 ? rest : line.slice(begin);
  const unknown = reason.startsWith('when: Unknown variable: ');
  const word = [whole, rest].flatMap((text) => WORDS.filter(([pattern]) => pattern.test(text)))[0]?.[1];
  if (word !== undefined) return word;
  return unknown ? `put a text between quotes, such as "login.succeeded"; ${OTHERWISE}` : OTHERWISE;
}
