/** The fields that a CEL expression names, found in its parsed tree. */
import type { ASTNode } from '@marcbachmann/cel-js';
import { FILTER_FIELDS } from '../filter-fields.ts';

/** `["source", "geo"]` for `source.geo`, `source.?geo` and `source["geo"]`; undefined for anything else. */
export function pathOf(node: ASTNode): readonly string[] | undefined {
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

/** Operands are nodes, names and lists of both. */
export function childrenOf(args: unknown): readonly ASTNode[] {
  if (Array.isArray(args)) return args.flatMap(childrenOf);
  // Of what can be an operand only a node has `op`.
  return typeof args === 'object' && args !== null && 'op' in args ? [args as ASTNode] : [];
}

/** The first field of an event that is named, with dots; a macro's variable is none. */
export function firstField(node: ASTNode): string | undefined {
  const path = pathOf(node);
  if (path !== undefined) return Object.hasOwn(FILTER_FIELDS, path[0] ?? '') ? path.join('.') : undefined;
  for (const child of childrenOf(node.args)) {
    const field = firstField(child);
    if (field !== undefined) return field;
  }
  return undefined;
}
