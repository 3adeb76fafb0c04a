/**
 * Rewrites a `when` so that it decides about every event: each smallest boolean expression is put into `decided()`,
 * which is false where a field is absent, and what the CEL library does in unbounded time with an event's text gets
 * the name of our own. Stands between the check of an expression, as it was written, and its program.
 */
import type { ASTNode } from '@marcbachmann/cel-js';

/** The macro around each smallest boolean expression. */
export const DECIDED = 'decided';

/** The library's functions that it lets nobody replace, and the names of ours. */
export const OURS: ReadonlyMap<string, string> = new Map([
  ['matches', 'matchesRe2'],
  ['duration', 'boundedDuration'],
]);

/**
 * @param node of an expression that has been checked.
 * @returns CEL. Not the library's `serialize`: it loses digits, parentheses and emoji.
 */
export function decidedText(node: ASTNode): string {
  switch (node.op) {
    case '&&':
    case '||':
      return `(${chain(node, decidedText)})`;
    case '!_':
      return `!(${decidedText(node.args)})`;
    case '?:': {
      const [test, then, otherwise] = node.args.map(decidedText);
      return `(${test} ? ${then} : ${otherwise})`;
    }
    case 'value':
      return written(node);
    default:
      return `${DECIDED}(${plain(node)})`;
  }
}

const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=', 'in']);
const BOOLEAN_OPERATORS: ReadonlySet<string> = new Set(['&&', '||', '!_', ...COMPARISONS]);
const BOOLEAN_CALLS: ReadonlySet<string> = new Set([
  'has',
  'bool',
  'hasValue',
  'startsWith',
  'endsWith',
  'contains',
  'matches',
  'all',
  'exists',
  'exists_one',
]);

/** Where a condition is not wanted, but may stand: an operand, an argument, an element. */
function operand(node: ASTNode): string {
  const isCall = node.op === 'call' || node.op === 'rcall';
  const isCondition = BOOLEAN_OPERATORS.has(node.op) || (isCall && BOOLEAN_CALLS.has(node.args[0]));
  return isCondition ? decidedText(node) : plain(node);
}

/** The node itself, with what is below it decided. */
function plain(node: ASTNode): string {
  switch (node.op) {
    case 'value':
      return written(node);
    case 'id':
      return node.args;
    case 'call':
      return call(node.args[0], node.args[1].map(operand));
    case 'rcall':
      return `${operand(node.args[1])}.${call(node.args[0], receiverCallArguments(node.args))}`;
    case '?:': {
      const [test, then, otherwise] = node.args;
      return `(${decidedText(test)} ? ${operand(then)} : ${operand(otherwise)})`;
    }
    case '-_':
      return `-(${operand(node.args)})`;
    case '!_':
      return decidedText(node);
    default:
      return isStructure(node) ? structure(node) : `(${chain(node, operand)})`;
  }
}

type Structure = Extract<ASTNode, { readonly op: '.' | '.?' | '[]' | '[?]' | 'list' | 'map' }>;

function isStructure(node: ASTNode): node is Structure {
  return ['.', '.?', '[]', '[?]', 'list', 'map'].includes(node.op);
}

/** What is read of an object or a list, or makes one. */
function structure(node: Structure): string {
  switch (node.op) {
    case '.':
    case '.?':
      return `${operand(node.args[0])}${node.op}${node.args[1]}`;
    case '[]':
      return `${operand(node.args[0])}[${operand(node.args[1])}]`;
    case '[?]':
      return `${operand(node.args[0])}[?${operand(node.args[1])}]`;
    case 'list':
      return `[${node.args.map(operand).join(', ')}]`;
    default:
      return `{${node.args.map(([key, value]) => `${operand(key)}: ${operand(value)}`).join(', ')}}`;
  }
}

function call(name: string, operands: readonly string[]): string {
  return `${OURS.get(name) ?? name}(${operands.join(', ')})`;
}

/** The predicate of a macro is a condition, of whatever type: `items.exists(i, i.enabled)`. */
function receiverCallArguments([name, , args]: readonly [string, ASTNode, ASTNode[]]): readonly string[] {
  const isPredicate = (index: number): boolean =>
    index === 1 && (['all', 'exists', 'exists_one', 'filter'].includes(name) || (name === 'map' && args.length === 3));
  return args.map((arg, index) => (isPredicate(index) ? decidedText(arg) : operand(arg)));
}

type Binary = Extract<ASTNode, { readonly args: [ASTNode, ASTNode] }>;

/** `a && b && c` keeps its shape: with parentheses a long one would be too deep for the parser. */
function chain(node: Binary, print: (node: ASTNode) => string): string {
  const parts: string[] = [];
  let left: ASTNode = node;
  // The parser makes `(a && b) && c` of it. A comparison in a comparison is a condition of its own.
  while (left.op === node.op && (left === node || !COMPARISONS.has(left.op))) {
    // Of one operator, so of one shape.
    const [first, second]: [ASTNode, ASTNode] = (left as Binary).args;
    parts.unshift(print(second));
    left = first;
  }
  return [print(left), ...parts].join(` ${node.op} `);
}

/** A literal as it stands in the expression: `5`, `0x1F`, `1.50`, `r"\d"`. */
function written({ input, start, end }: ASTNode): string {
  return input.slice(start, end);
}
