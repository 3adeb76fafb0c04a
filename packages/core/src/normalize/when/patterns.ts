/**
 * `matches` in a `when`. CEL's is RE2: its time grows with the text and never with how often a pattern can fit, so
 * that nobody who writes an event's text, a user agent say, can stop a lane. The CEL library's own is JavaScript's
 * RegExp, which is neither.
 */
import { EvaluationError } from '@marcbachmann/cel-js';
import { RE2JS } from 're2js';

/** Instructions of a pattern times UTF-16 code units of a text: some 0.4 s where RE2 is slowest (18 ns each). */
export const MAX_STEPS = 20_000_000;

/** Of one pattern, so that every text of up to 2,000 code units can be judged. */
export const MAX_INSTRUCTIONS = 10_000;

/** UTF-16 code units of a pattern that is built at run time. */
export const MAX_BUILT = 100;

/** So many of the patterns that were built last are kept. */
const KEPT = 100;

/** The patterns of one expression, each compiled once. */
export class Patterns {
  readonly #written = new Map<string, RE2JS>();
  readonly #built = new Map<string, RE2JS>();

  /**
   * Compiles a pattern that stands in the expression.
   * @returns what is wrong with it; undefined when it is one.
   */
  add(pattern: string): string | undefined {
    const compiled = compile(pattern);
    if (typeof compiled === 'string') return compiled;
    this.#written.set(pattern, compiled);
    return undefined;
  }

  /**
   * Whether the pattern fits anywhere in the text.
   * @throws EvaluationError `pattern_invalid`, `pattern_too_long` or `text_too_long`
   */
  fit(text: string, pattern: string): boolean {
    const compiled = this.#written.get(pattern) ?? this.#built.get(pattern) ?? this.#build(pattern);
    if (compiled.programSize() * text.length > MAX_STEPS) throw failure('text_too_long');
    return compiled.test(text);
  }

  /**
   * Such a pattern may come from an event. Its length bounds what it compiles to, but for counted repetition: a
   * thousand letters of any script are twelve characters and take 12 ms to compile.
   */
  #build(pattern: string): RE2JS {
    if (pattern.length > MAX_BUILT || pattern.includes('{')) throw failure('pattern_too_long');
    const compiled = compile(pattern);
    if (typeof compiled === 'string') throw failure('pattern_invalid');
    const oldest = this.#built.size < KEPT ? undefined : this.#built.keys().next().value;
    if (oldest !== undefined) this.#built.delete(oldest);
    this.#built.set(pattern, compiled);
    return compiled;
  }
}

/** The text of an error would be shown: it quotes nothing of an event. */
function failure(code: string): EvaluationError {
  return new EvaluationError({ code, message: code });
}

/** @returns the reason where it is none. */
function compile(pattern: string): RE2JS | string {
  try {
    const compiled = RE2JS.compile(pattern);
    const size = compiled.programSize();
    return size <= MAX_INSTRUCTIONS
      ? compiled
      : `it has ${size} instructions and ${MAX_INSTRUCTIONS} are the most; shorten its counted repetitions`;
  } catch (error) {
    // The library's errors of syntax have both; the piece is of the operator's own text.
    const { error: what = 'it cannot be read', input = '' } = error as { error?: string; input?: string | null };
    return `${what}: ${input ?? ''}${/^\(\?<?[=!]|^\\[1-9]/.test(input ?? '') ? ' (RE2 has no look-around and no back-references)' : ''}`;
  }
}
