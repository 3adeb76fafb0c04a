/**
 * A `when` that has been checked, as a program over what an event shows. It says what it decides, or which field
 * kept it from deciding.
 */
import { type ASTNode, type Environment, EvaluationError, type ParseResult } from '@marcbachmann/cel-js';
import { DECIDED, decidedText, OURS } from './decided.ts';
import { firstField } from './paths.ts';
import { MAX_BUILT, type Patterns } from './patterns.ts';

/** Why an event was not decided about; nothing of the event is in it. */
export interface WhenFailure {
  /** As the expression names it: `openai.audit.details.count`. */
  readonly field: string;
  readonly reason: string;
}

/** @returns true, false, or why neither. */
export type Program = (view: object) => boolean | WhenFailure;

/**
 * @param node of an expression that the environment has checked.
 * @param patterns of all `matches` in it.
 */
export function programOf(node: ASTNode, environment: Environment, patterns: Patterns): Program {
  const program = withOurFunctions(environment, patterns).parse(decidedText(node));
  return (view) => {
    const frames = Error.stackTraceLimit;
    // An absent field is an exception within the library, and its stack, which nobody reads, seven eighths of its cost.
    Error.stackTraceLimit = 0;
    try {
      const result: unknown = program(view);
      return typeof result === 'boolean' ? result : failureOf(program, undefined);
    } catch (error) {
      return failureOf(program, error);
    } finally {
      Error.stackTraceLimit = frames;
    }
  };
}

/** UTF-16 code units. The longest duration that CEL allows has 28; the library's time grows with the cube of these. */
const MAX_DURATION = 64;

/** A rewritten expression is deeper than the one that was checked against the library's own limits. */
const LIMITS = { maxDepth: 5_000, maxAstNodes: 1_000_000 };

function withOurFunctions(environment: Environment, patterns: Patterns): Environment {
  const sync = { async: false };
  return environment
    .clone({ limits: LIMITS })
    .registerFunction(`${DECIDED}(ast): dyn`, decided, sync)
    .registerFunction(
      `string.${OURS.get('matches')}(string): bool`,
      (text: string, pattern: string) => patterns.fit(text, pattern),
      sync,
    )
    .registerFunction(`${OURS.get('duration')}(string): google.protobuf.Duration`, durationOf(environment), sync);
}

function durationOf(environment: Environment): (text: string) => unknown {
  const duration = environment.clone().registerVariable('text', 'string').parse('duration(text)');
  return (text) => {
    if (text.length > MAX_DURATION) throw new EvaluationError({ code: 'invalid_duration', message: 'too long' });
    return duration({ text });
  };
}

/** What the library's macros are given of the evaluator and the checker, as far as we use it. */
interface Evaluator {
  run(node: ASTNode, context: unknown): unknown;
  check(node: ASTNode, context: unknown): unknown;
}

interface Decided {
  readonly condition: ASTNode;
}

/** `decided(a == b)`: `a == b`, and false where something that it reads is absent, or true where it is `!=`. */
function decided({ args }: { readonly args: readonly [ASTNode] }): object {
  const [condition] = args;
  return {
    condition,
    async: false,
    typeCheck: (checker: Evaluator, macro: Decided, context: unknown) => checker.check(macro.condition, context),
    evaluate: (evaluator: Evaluator, macro: Decided, context: unknown) => {
      try {
        return evaluator.run(macro.condition, context);
      } catch (error) {
        if (isAbsence(error)) return macro.condition.op === '!=';
        throw error;
      }
    },
  };
}

/** What the library throws for a field, a variable, an element or an optional's value that is not there. */
const ABSENCES: ReadonlySet<string> = new Set([
  'no_such_key',
  'unknown_variable',
  'index_out_of_bounds',
  'optional_value_missing',
]);

function isAbsence(error: unknown): boolean {
  return error instanceof EvaluationError && ABSENCES.has(error.code);
}

function failureOf(program: ParseResult, error: unknown): WhenFailure {
  const { code = '', node } = error instanceof EvaluationError ? error : {};
  const field = (node && firstField(node)) ?? firstField(program.ast) ?? 'none';
  return { field, reason: REASONS[code] ?? 'its value is not what the expression takes it for' };
}

/** By the code of the error; its own text may quote the event. */
const REASONS: Readonly<Record<string, string>> = {
  pattern_invalid: 'the pattern that was built for matches() is no regular expression of RE2',
  pattern_too_long: `the pattern that was built for matches() has a brace, or more than ${MAX_BUILT} characters`,
  text_too_long: 'its text is too long for the pattern of matches()',
  division_by_zero: 'a division by zero',
  modulo_by_zero: 'a division by zero',
  numeric_overflow: 'a number out of range',
};
