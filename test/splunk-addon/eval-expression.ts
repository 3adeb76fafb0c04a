/**
 * The part of Splunk’s eval expressions that the add-on uses, as its Search Reference has it (help.splunk.com, Evaluation
 * functions, 9.4). What is not known here is an error, so that nothing passes unread.
 */

import { FUNCTIONS } from './eval-functions.ts';
import { type Fields, isTrue, one, type Value } from './fields.ts';

/** A whole expression → what it gives for an event’s fields. @throws Error where it cannot be read. */
export function compile(text: string): (fields: Fields) => Value {
  const tokens = [...text.matchAll(TOKEN)].map(([token]) => token.trim()).filter((token) => token !== '');
  if (tokens.join('').replaceAll(/\s/g, '') !== text.replaceAll(/\s/g, '')) throw new Error(`cannot read ${text}`);
  const parser = new Parser(tokens);
  const expression = parser.either();
  parser.end();
  return expression;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|'[^']+'|[A-Za-z_]\w*|\d+|==|!=|[=(),]|\s+/g;

type Expression = (fields: Fields) => Value;

class Parser {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  end(): void {
    if (this.#at !== this.#tokens.length) throw new Error(`not expected: ${this.#tokens[this.#at]}`);
  }

  /** OR binds least, then AND, NOT, comparisons. */
  either(): Expression {
    let left = this.#both();
    while (this.#take('OR')) {
      const [a, b] = [left, this.#both()];
      left = (fields) => [isTrue(a(fields)) || isTrue(b(fields)) ? 'true' : 'false'];
    }
    return left;
  }

  #both(): Expression {
    let left = this.#negation();
    while (this.#take('AND')) {
      const [a, b] = [left, this.#negation()];
      left = (fields) => [isTrue(a(fields)) && isTrue(b(fields)) ? 'true' : 'false'];
    }
    return left;
  }

  #negation(): Expression {
    if (!this.#take('NOT')) return this.#comparison();
    const inner = this.#negation();
    return (fields) => [isTrue(inner(fields)) ? 'false' : 'true'];
  }

  /** Of nothing nothing can be said: such a comparison gives null, which is not true. */
  #comparison(): Expression {
    const left = this.#value();
    const operator = ['=', '==', '!='].find((sign) => this.#take(sign));
    if (operator === undefined) return left;
    const right = this.#value();
    return (fields) => {
      const [a, b] = [one(left(fields)), one(right(fields))];
      if (a === undefined || b === undefined) return undefined;
      return [(a === b) === (operator !== '!=') ? 'true' : 'false'];
    };
  }

  #value(): Expression {
    const token = this.#next();
    if (token === '(') {
      const inner = this.either();
      this.#expect(')');
      return inner;
    }
    if (/^["\d]/.test(token)) {
      const text = token.replaceAll(/^"|"$/g, '');
      return () => [text];
    }
    if (token.startsWith("'")) return (fields) => fields.get(token.slice(1, -1));
    return this.#take('(') ? this.#call(token) : (fields) => fields.get(token);
  }

  #call(name: string): Expression {
    const called = FUNCTIONS.get(name);
    if (called === undefined) throw new Error(`no function ${name}`);
    const given: Expression[] = [];
    while (!this.#take(')')) {
      given.push(this.either());
      if (this.#tokens[this.#at] !== ')') this.#expect(',');
    }
    if (given.length < called.least || given.length > (called.most ?? Number.POSITIVE_INFINITY)) {
      throw new Error(`${name} with ${given.length} arguments`);
    }
    return (fields) => called.apply(given.map((argument) => argument(fields)));
  }

  #take(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at += 1;
    return true;
  }

  #expect(token: string): void {
    if (!this.#take(token)) throw new Error(`${token} expected, not ${this.#tokens[this.#at]}`);
  }

  #next(): string {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw new Error('more expected');
    this.#at += 1;
    return token;
  }
}
