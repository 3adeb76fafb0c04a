/** From a key path to the place in the file where a human has to change something. */
import { type Document, isCollection, isMap, isNode, isPair, isScalar, type LineCounter, type Node } from 'yaml';
import type { Path } from './problems.ts';

/** Both from 1. */
export interface SourcePosition {
  readonly line: number;
  readonly column: number;
}

/** A YAML tree and the line starts of its text, which together know every place. */
export interface YamlSource {
  readonly document: Document;
  readonly lines: LineCounter;
}

/** The place of the value at `path`; of what encloses it where there is none. */
export function placeOfValue(source: YamlSource, path: Path): SourcePosition {
  const node = path.length === 0 ? source.document.contents : source.document.getIn(path, true);
  if (isNode(node) && node.range) return placeAt(source.lines, node.range[0]);
  return path.length === 0 ? { line: 1, column: 1 } : placeOfKey(source, path);
}

/** The place of the key that ends `path`; of the nearest key above where it is not there. */
export function placeOfKey(source: YamlSource, path: Path): SourcePosition {
  if (path.length === 0) return placeOfValue(source, path);
  const parentPath = path.slice(0, -1);
  const parent = parentPath.length === 0 ? source.document.contents : source.document.getIn(parentPath, true);
  const key = isMap(parent) ? keyNode(parent.items, path.at(-1)) : undefined;
  if (key?.range) return placeAt(source.lines, key.range[0]);
  return isCollection(parent) && !isMap(parent) ? placeOfValue(source, parentPath) : placeOfKey(source, parentPath);
}

/**
 * The place inside the text at `path`, whose own lines and columns count from 1; of the whole text
 * where it is folded, has escapes, or goes on over several lines.
 */
export function placeInText(source: YamlSource, path: Path, inside: SourcePosition): SourcePosition {
  const node = source.document.getIn(path, true);
  const whole = placeOfValue(source, path);
  if (inside.line !== 1 || !isScalar(node) || !node.range) return whole;
  const quotes = node.type === 'PLAIN' ? 0 : 1;
  const [from, to] = node.range;
  const asWritten = to - from - 2 * quotes === String(node.value).length;
  return asWritten ? { line: whole.line, column: whole.column + quotes + inside.column - 1 } : whole;
}

/** Yaml's own offsets, counted from 0. */
export function placeAt(lines: LineCounter, offset: number): SourcePosition {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

function keyNode(items: readonly unknown[], key: string | number | undefined): Node | undefined {
  const pair = items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(key));
  return isPair(pair) && isNode(pair.key) ? pair.key : undefined;
}
