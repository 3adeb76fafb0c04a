/** From the file's text to a YAML tree that still knows where everything stands. */
import { type Document, isScalar, LineCounter, parseDocument, Scalar, visit, type YAMLError } from 'yaml';
import { placeAt, type SourcePosition, type YamlSource } from './positions.ts';
import type { Finding } from './problems.ts';
import { ITSELF, MERGE_KEY, NO_ANCHOR, TOO_MANY_ALIASES, yamlWords } from './yaml-words.ts';

/** A finding about the text itself, which has a place but no key path. */
export interface PlacedFinding extends Omit<Finding, 'path' | 'at'> {
  readonly place: SourcePosition;
}

/** The tree, and what is wrong with the text that it came from. */
export interface Parsed extends YamlSource {
  readonly findings: readonly PlacedFinding[];
  /** From here on the tree is a guess. Absent: the syntax is right. */
  readonly brokenFrom?: SourcePosition;
}

const UNQUOTED = /\$\{([^}\n]*)\}/g;

/** Never throws; two keys of one name leave the tree whole, any other error of syntax does not. */
export function parseYaml(text: string): Parsed {
  const first = parse(text);
  if (isSound(first.document)) return described(text, first);
  // A plain ${…} inside { } or [ ] is what people write and what YAML cannot read. Without its braces
  // it can, at the same places; so each is named by itself and the rest of the file is looked at too.
  const masked = text.replace(UNQUOTED, (_, inside: string) => `$_${inside}_`);
  const inFlow = plainInFlow(parse(masked).document, masked);
  if (inFlow.length === 0) return described(text, first);
  const mended = inFlow.reduce(
    (mendedText, { from, to }) => mendedText.slice(0, from) + masked.slice(from, to) + mendedText.slice(to),
    text,
  );
  const second = parse(mended);
  const { findings, ...rest } = described(mended, second);
  const unquoted = inFlow.map(({ from, to }) => ({
    code: 'CONFIG_UNQUOTED_SUBSTITUTION',
    place: placeAt(second.lines, from),
    expected: 'inside { } and [ ] YAML itself reads the braces of ${…}',
    fix: `quote it: "${asReference(text.slice(from, to))}"`,
  }));
  return { ...rest, findings: [...unquoted, ...findings] };
}

/** What stands in the braces may be the secret itself, where it is no name. */
function asReference(written: string): string {
  return written.replaceAll(UNQUOTED, (whole, inside: string) =>
    /^(file:.*|[A-Za-z_][A-Za-z0-9_]*(:-.*)?)$/.test(inside) ? whole : '${…}',
  );
}

function parse(text: string): YamlSource {
  const lines = new LineCounter();
  // By itself the library would say some of it on stderr too, with words of the file, which may be a secret.
  return { document: parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' }), lines };
}

function isSound(document: Document): boolean {
  return document.errors.every(({ code }) => code === 'DUPLICATE_KEY');
}

function plainInFlow(document: Document, masked: string): readonly { readonly from: number; readonly to: number }[] {
  const found: { from: number; to: number }[] = [];
  visit(document, {
    Collection(_, collection) {
      if (collection.flow !== true) return undefined;
      visit(collection, {
        Scalar(_key, scalar) {
          if (!isScalar(scalar) || scalar.type !== 'PLAIN' || !scalar.range) return;
          const [from, to] = scalar.range;
          if (masked.slice(from, to).includes('$_')) found.push({ from, to });
        },
      });
      return visit.SKIP;
    },
  });
  return found;
}

function described(text: string, { document, lines }: YamlSource): Parsed {
  const broken = document.errors.find(({ code }) => code !== 'DUPLICATE_KEY');
  return {
    document,
    lines,
    findings: [
      ...[...document.errors, ...document.warnings].map((error) => finding(error, text, lines)),
      ...takenOut(document, lines),
    ],
    ...(broken === undefined ? {} : { brokenFrom: placeAt(lines, broken.pos[0]) }),
  };
}

function finding(error: YAMLError, text: string, lines: LineCounter): PlacedFinding {
  const place = placeAt(lines, error.pos[0]);
  if (error.code !== 'DUPLICATE_KEY') return { code: 'CONFIG_YAML', place, ...yamlWords(error) };
  const key = /^[^\s:]+/.exec(text.slice(error.pos[0]))?.[0] ?? '';
  return {
    code: 'CONFIG_DUPLICATE_KEY',
    place,
    expected: `the key ${key} stands twice in this map`,
    fix: 'rename or remove one: names are unique',
  };
}

/** More than a configuration has; each is looked up through the whole tree. */
const MAX_ALIASES = 100;

/**
 * Aliases to nothing, to what they stand in, or too many, and merge keys: named, and taken out of the tree, so that the
 * rest of it can be looked at.
 */
function takenOut(document: Document, lines: LineCounter): readonly PlacedFinding[] {
  const found: PlacedFinding[] = [];
  let aliases = 0;
  visit(document, {
    Pair(_, { key }) {
      if (!isScalar(key) || key.value !== '<<' || key.type !== 'PLAIN') return undefined;
      found.push({ code: 'CONFIG_YAML', place: placeAt(lines, key.range?.[0] ?? 0), ...MERGE_KEY });
      return visit.REMOVE;
    },
    Alias(_, alias, path) {
      aliases += 1;
      const target = aliases > MAX_ALIASES ? undefined : alias.resolve(document);
      const isInside = path.some((node) => node === target);
      if (target !== undefined && !isInside) return undefined;
      const words = isInside ? ITSELF : aliases > MAX_ALIASES ? TOO_MANY_ALIASES : NO_ANCHOR;
      const place = placeAt(lines, alias.range?.[0] ?? 0);
      // Of those that are too many the first is enough.
      if (aliases <= MAX_ALIASES + 1) found.push({ code: 'CONFIG_YAML', place, ...words });
      const nothing = new Scalar(null);
      if (alias.range) nothing.range = alias.range;
      return nothing;
    },
  });
  return found;
}
