/** One part of the raw configuration against its zod schema: what it is, or what is wrong with it. */
import { z } from 'zod';
import { type Finding, findingsOf, type Path } from './problems.ts';
import type { Substituted } from './substitute.ts';

/** What all checks of one file share. */
export interface Notes {
  readonly substituted: readonly Substituted[];
  /** Grows as parts are checked. */
  readonly findings: Finding[];
}

/** A piece of the raw configuration, and what it should be. */
export interface Part<T> {
  readonly schema: z.ZodType<T>;
  readonly value: unknown;
  /** Where `value` stands in the file. */
  readonly path: Path;
  /** Keys that are valid beside those of the schema, for the hint at a typo. */
  readonly otherKeys?: readonly string[];
}

/** Undefined when a finding was noted. */
export function check<T>({ schema, value, path, otherKeys = [] }: Part<T>, notes: Notes): T | undefined {
  const first = schema.safeParse(value);
  if (first.success) return first.data;
  const completed = withNumbers(value, wantNumbers(first.error.issues), { path, notes });
  const second = schema.safeParse(completed);
  if (second.success) return second.data;
  const keysAt = (inside: Path): readonly string[] => [
    ...keysOf(jsonSchemaOf(schema), inside),
    ...(inside.length === 0 ? otherKeys : []),
  ];
  const takes = (inside: Path, candidate: unknown): boolean => {
    const issues = schema.safeParse(replaced(completed, inside, () => candidate)).error?.issues ?? [];
    return !issues.some((issue) => isSame(issue.path, inside));
  };
  for (const issue of second.error.issues) {
    const findings = findingsOf(issue, { path, value: completed, keysAt, takes });
    notes.findings.push(...findings.map((finding) => ofEmptyVariable(finding, notes) ?? finding));
  }
  return undefined;
}

function isSame(one: readonly PropertyKey[], other: Path): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** What is wrong with the text of a variable that is empty is that it is. */
function ofEmptyVariable({ path }: Finding, { substituted }: Notes): Finding | undefined {
  const name = substituted.find((one) => isSame(one.path, path))?.emptyVariable;
  if (name === undefined) return undefined;
  return {
    code: 'CONFIG_UNSET_VARIABLE',
    path,
    expected: `the variable ${name} is set, and empty`,
    fix: `set ${name} to a value, or give a default: \${${name}:-…}`,
  };
}

/** JSON Schema of what may be written; what JSON Schema cannot say, or of a zod that is too old, is left open. */
export function jsonSchemaOf(schema: z.ZodType): z.core.JSONSchema.BaseSchema {
  try {
    return z.toJSONSchema(schema, {
      io: 'input',
      unrepresentable: 'any',
      // Zod leaves out the examples of what is transformed, as they might be of what comes out: ours are of what is written.
      override: ({ zodSchema, jsonSchema }) => {
        const { examples } = z.globalRegistry.get(zodSchema) ?? {};
        if (Array.isArray(examples)) jsonSchema.examples = examples;
      },
    });
  } catch {
    return {};
  }
}

/** Places at which the schema wanted a number or a boolean and found something else. */
function wantNumbers(
  issues: readonly z.core.$ZodIssue[],
): readonly { readonly path: Path; readonly boolean: boolean }[] {
  return issues.flatMap((issue) => {
    const wanted = issue.code === 'invalid_type' && ['number', 'int', 'boolean'].includes(issue.expected);
    // Configuration has no symbols for keys.
    return wanted ? [{ path: issue.path as Path, boolean: issue.expected === 'boolean' }] : [];
  });
}

/**
 * A text that is wholly one `${…}` stands for a number or a boolean where the schema wants one, and
 * only there: a token of digits stays a text, leading zeros included.
 */
function withNumbers(
  value: unknown,
  wanted: readonly { readonly path: Path; readonly boolean: boolean }[],
  { path, notes }: { readonly path: Path; readonly notes: Notes },
): unknown {
  const whole = new Set(notes.substituted.filter((one) => one.whole).map((one) => JSON.stringify(one.path)));
  return wanted
    .filter((one) => whole.has(JSON.stringify([...path, ...one.path])))
    .reduce((current, one) => replaced(current, one.path, (text) => readScalar(text, one.boolean)), value);
}

function readScalar(text: unknown, boolean: boolean): unknown {
  if (typeof text !== 'string') return text;
  if (boolean) return text === 'true' ? true : text === 'false' ? false : text;
  return /^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/.test(text.trim()) ? Number(text) : text;
}

function replaced(value: unknown, path: Path, change: (old: unknown) => unknown): unknown {
  const [head, ...rest] = path;
  if (head === undefined) return change(value);
  const inner = replaced(Object(value)[head], rest, change);
  return Array.isArray(value) ? value.with(Number(head), inner) : { ...Object(value), [head]: inner };
}

function keysOf(schema: unknown, path: Path): readonly string[] {
  const [head, ...rest] = path;
  const { properties, items, additionalProperties, anyOf } = Object(schema);
  if (Array.isArray(anyOf)) return anyOf.flatMap((one) => keysOf(one, path));
  if (head === undefined) return Object.keys(properties ?? {});
  return keysOf(typeof head === 'number' ? items : (Object(properties)[head] ?? additionalProperties), rest);
}
