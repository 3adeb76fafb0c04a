/**
 * A lane's `when`: a CEL expression over the ECS shape, whatever the sink's format. Compiled with the
 * configuration, so that a wrong name or a wrong comparison is found there and not in the first event.
 */
import { Environment, type ParseResult } from '@marcbachmann/cel-js';
import type { Entry } from '../entry.ts';
import { RelayError } from '../errors.ts';
import type { JsonObject } from '../event.ts';
import type { CanonicalEvent } from './canonical.ts';
import { toEcs } from './ecs.ts';
import { FILTER_FIELDS } from './filter-fields.ts';
import { createReadEntry, type ReadEntry } from './read-entry.ts';
import { findMistake, type Mistake } from './when/check.ts';
import { Patterns } from './when/patterns.ts';
import { programOf, type WhenFailure } from './when/program.ts';

/**
 * A field that is absent decides: what reads it is false, but for `!=`. `error`: it failed on this event, as a value
 * was of another type, say; the event passes and is counted.
 */
export type When = (entry: Entry) => 'pass' | 'exclude' | 'error';

/** Where in the expression the mistake is, for whoever knows where in a file the expression is. */
export class WhenError extends RelayError {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;

  constructor(expression: string, { offset, reason }: Mistake) {
    const lines = expression.slice(0, offset).split('\n');
    const line = lines.length;
    const column = (lines.at(-1) ?? '').length + 1;
    super('WHEN_INVALID', `when: ${reason} (line ${line}, column ${column})`);
    this.line = line;
    this.column = column;
  }
}

/**
 * @param onFailure hears of each event that fails.
 * @throws WhenError `WHEN_INVALID`: no CEL, a field that no event has, a comparison of unlike types
 *   (a list with a string), a pattern that RE2 does not know, or a result that is no boolean.
 */
export function compileWhen(
  expression: string,
  onFailure: (failure: WhenFailure) => void = () => {},
  read: ReadEntry = createReadEntry(),
): When {
  const { ast, check } = parse(expression);
  const patterns = new Patterns();
  const mistake = findMistake(ast, { fields: FILTER_FIELDS, patterns });
  if (mistake !== undefined) throw new WhenError(expression, mistake);
  const { type, error } = check();
  if (error !== undefined) throw whenError(expression, error);
  if (type !== 'bool') {
    throw new WhenError(expression, { offset: 0, reason: `expected true or false, this gives ${type ?? 'nothing'}` });
  }
  const program = programOf(ast, environment, patterns);
  return (entry) => {
    const decision = program(viewOf(read(entry)));
    if (typeof decision === 'boolean') return decision ? 'pass' : 'exclude';
    onFailure(decision);
    return 'error';
  };
}

function parse(expression: string): ParseResult {
  try {
    return environment.parse(expression);
  } catch (error) {
    throw whenError(expression, error);
  }
}

/** @param error of the library: `summary` without the drawing of the place, and the place. */
function whenError(expression: string, error: unknown): WhenError {
  // The library's error classes all have these two.
  const { summary = 'it cannot be read as CEL', range } = error as { summary?: string; range?: { start: number } };
  return new WhenError(expression, { offset: range?.start ?? 0, reason: summary });
}

/** What has fields; `message` and `tags` have none, and are absent or a value. */
const OBJECTS = Object.keys(FILTER_FIELDS).filter((name) => typeof FILTER_FIELDS[name] === 'object');

const environment = new Environment({ enableOptionalTypes: true });
for (const [name, type] of Object.entries(FILTER_FIELDS)) {
  if (typeof type === 'string') environment.registerVariable(name, type);
  else environment.registerVariable({ name, schema: type });
}

/** What every `when` sees of an event. A sink's own dataset and namespace are not in it. */
function viewOf(event: CanonicalEvent): JsonObject {
  const view: Record<string, JsonObject[string]> = {
    ...toEcs(event, { dataset: 'openai.org_audit', namespace: 'default', agent: undefined }),
  };
  // `source.?ip` wants a `source`, on events that came from nowhere too.
  for (const name of OBJECTS) view[name] ??= {};
  return view;
}
