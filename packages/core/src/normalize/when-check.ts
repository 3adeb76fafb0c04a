/**
 * What CEL's own type check lets pass in a `when`: a field that does not exist, inside `has()` and
 * after `.?`, where it would be false or absent for ever; and a pattern that is no regular expression.
 */
import type { ASTNode } from '@marcbachmann/cel-js';
import type { FieldTypes } from './filter-fields.ts';

export interface Mistake {
  /** UTF-16 code units from the start of the expression. */
  readonly offset: number;
  readonly reason: string;
}

/** The first mistake in the order of the text; undefined when there is none. */
export function findMistake(node: ASTNode, fields: FieldTypes): Mistake | undefined {
  for (const child of childrenOf(node.args)) {
    const mistake = findMistake(child, fields);
    if (mistake !== undefined) return mistake;
  }
  return unknownField(node, fields) ?? badPattern(node);
}

/** Operands are nodes, names and lists of both. */
function childrenOf(args: unknown): readonly ASTNode[] {
  if (Array.isArray(args)) return args.flatMap(childrenOf);
  // Of what can be an operand only a node has `op`.
  return typeof args === 'object' && args !== null && 'op' in args ? [args as ASTNode] : [];
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

/** `["source", "geo"]` for `source.geo`, `source.?geo` and `source["geo"]`; undefined for anything else. */
function pathOf(node: ASTNode): readonly string[] | undefined {
  if (node.op === 'id') return [node.args];
  if (node.op === '.' || node.op === '.?') {
    const path = pathOf(node.args[0]);
    return path === undefined ? undefined : [...path, node.args[1]];
  }
  if (node.op !== '[]' && node.op !== '[?]') return undefined;
  const [object, index] = node.args;
  const path = pathOf(object);
  return path !== undefined && index.op === 'value' && typeof index.args === 'string'
    ? [...path, index.args]
    : undefined;
}

function badPattern(node: ASTNode): Mistake | undefined {
  const pattern = node.op === 'rcall' && node.args[0] === 'matches' ? node.args[2][0] : undefined;
  if (pattern?.op !== 'value' || typeof pattern.args !== 'string') return undefined;
  try {
    new RegExp(pattern.args);
    return undefined;
  } catch {
    return { offset: pattern.start, reason: 'the pattern of matches() is no regular expression' };
  }
}
