/**
 * What CEL's own type check lets pass in a `when`: a field that does not exist, inside `has()` and
 * after `.?`, where it would be false or absent for ever; and a pattern that is no regular expression.
 */
import type { ASTNode } from '@marcbachmann/cel-js';
import type { FieldTypes } from '../filter-fields.ts';
import { childrenOf, pathOf } from './paths.ts';
import type { Patterns } from './patterns.ts';

export interface Mistake {
  /** UTF-16 code units from the start of the expression. */
  readonly offset: number;
  readonly reason: string;
}

/**
 * The first mistake in the order of the text; undefined when there is none.
 * @param against the patterns that stand in the expression are added to `patterns`.
 */
export function findMistake(
  node: ASTNode,
  against: { readonly fields: FieldTypes; readonly patterns: Patterns },
): Mistake | undefined {
  for (const child of childrenOf(node.args)) {
    const mistake = findMistake(child, against);
    if (mistake !== undefined) return mistake;
  }
  return unknownField(node, against.fields) ?? badPattern(node, against.patterns);
}

function unknownField(node: ASTNode, fields: FieldTypes): Mistake | undefined {
  const path = pathOf(node);
  const name = path?.at(-1);
  if (path === undefined || name === undefined || path.length === 1) return undefined;
  const parent = path.slice(0, -1).reduce<FieldTypes[string] | undefined>(below, fields);
  // Inside a map, a list or a variable of a macro every name is allowed.
  if (typeof parent !== 'object' || Object.hasOwn(parent, name)) return undefined;
  const known = Object.keys(parent).join(', ');
  const offset = node.op === '[]' || node.op === '[?]' ? node.args[1].start : node.end - name.length;
  return { offset, reason: `unknown field ${path.join('.')}; there is ${known}` };
}

function below(fields: FieldTypes[string] | undefined, name: string): FieldTypes[string] | undefined {
  return typeof fields === 'object' && Object.hasOwn(fields, name) ? fields[name] : undefined;
}

function badPattern(node: ASTNode, patterns: Patterns): Mistake | undefined {
  const pattern = node.op === 'rcall' && node.args[0] === 'matches' ? node.args[2][0] : undefined;
  if (pattern?.op !== 'value' || typeof pattern.args !== 'string') return undefined;
  const reason = patterns.add(pattern.args);
  if (reason === undefined) return undefined;
  return { offset: pattern.start, reason: `the pattern of matches() is no regular expression of RE2: ${reason}` };
}
