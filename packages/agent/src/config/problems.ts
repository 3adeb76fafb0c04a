/** What is wrong with a configuration, in the words of the person who has to mend it. */

import { closest, distance } from 'fastest-levenshtein';
import type { z } from 'zod';
import { EACH_CODE } from '../errors-page.ts';
import { corrected } from './corrected.ts';

/** One thing to mend. `validate --json` prints it as it stands here. */
export interface Problem {
  /** A warning is shown and does not stop anything. */
  readonly level: 'error' | 'warning';
  /** Stable and upper-case; `docs/ERRORS.md` lists each. */
  readonly code: string;
  /** As the user wrote it on the command line. */
  readonly file: string;
  /** From 1; of the place in the file that has to change. */
  readonly line: number;
  readonly column: number;
  /** Keys joined by dots: `sinks.siem.batch.max_age`; empty for the file as a whole. */
  readonly path: string;
  /** What was expected there, or what is wrong. */
  readonly expected: string;
  readonly fix?: string;
}

/** A key of a map or an index of a list, as zod and yaml both have it. */
export type Path = readonly (string | number)[];

/** A problem before its place is looked up. */
export interface Finding extends Pick<Problem, 'code' | 'expected' | 'fix'> {
  readonly level?: Problem['level'];
  readonly path: Path;
  /** Which end of `key: value` has to change; default `value`. */
  readonly at?: 'key' | 'value';
  /** A place inside the value's text, counted from its own begin; both from 1. */
  readonly inside?: { readonly line: number; readonly column: number };
}

/** `relay.yaml:3:5  CONFIG_UNSET_VARIABLE  sources.acme.api_key  the variable KEY is not set  fix: set it`. */
export function problemLine(problem: Problem): string {
  const { file, line, column, code, path, level, expected, fix } = problem;
  const parts = [
    `${file}:${line}:${column}`,
    code,
    ...(path === '' ? [] : [path]),
    level === 'warning' ? `warning: ${expected}` : expected,
    ...(fix === undefined ? [] : [`fix: ${fix}`]),
  ];
  return parts.join('  ');
}

/** The list for stderr: a line a problem and one that counts them. */
export function problemList(problems: readonly Problem[]): string {
  const errors = problems.filter(({ level }) => level === 'error').length;
  const warnings = problems.length - errors;
  const counts = [count(errors, 'error'), count(warnings, 'warning')].filter((text) => text !== '');
  return [...problems.map(problemLine), ...(counts.length === 0 ? [] : [`${counts.join(', ')}; ${EACH_CODE}`])]
    .map((line) => `${line}\n`)
    .join('');
}

/**
 * Those that matter to whoever only shows events: what is wrong elsewhere is no hindrance, such as a variable that is
 * not set in this shell. A file that cannot be read to its end is one: it might want something redacted.
 */
export function aboutDocuments(problems: readonly Problem[]): readonly Problem[] {
  return problems.filter(({ level, path }) => level === 'error' && !ELSEWHERE.test(path));
}

const ELSEWHERE = /^(name|sources|journal|sinks|http|log)\b/;

function count(n: number, what: string): string {
  return n === 0 ? '' : `${n} ${what}${n === 1 ? '' : 's'}`;
}

/** The part of the configuration that zod looked at. */
interface Where {
  readonly path: Path;
  readonly value: unknown;
  keysAt(path: Path): readonly string[];
  /** Whether the schema would take `candidate` at a path inside the part. */
  takes(path: Path, candidate: unknown): boolean;
}

/** What zod found in `value` → findings; `keysAt` names the valid keys of the map at a path. */
export function findingsOf(issue: z.core.$ZodIssue, where: Where): readonly Finding[] {
  // Configuration has no symbols for keys.
  const inside = issue.path as Path;
  const path = [...where.path, ...inside];
  if (issue.code === 'unrecognized_keys') {
    const valid = where.keysAt(inside);
    return issue.keys.map((key) => unknownKey([...path, key], key, valid));
  }
  const value = inside.reduce<unknown>((found, key) => Object(found)[key], where.value);
  if (value === undefined) {
    return [
      { code: 'CONFIG_MISSING_KEY', path, at: 'key', expected: `required: ${expectation(issue)}`, fix: 'add the key' },
    ];
  }
  const fix = corrected(value, (candidate) => where.takes(inside, candidate)) ?? instead(issue, value);
  return [{ code: 'CONFIG_INVALID_VALUE', path, expected: expectation(issue), ...(fix === undefined ? {} : { fix }) }];
}

/** What to write in the place of `value`; undefined where `expected` already says it. */
function instead(issue: z.core.$ZodIssue, value: unknown): string | undefined {
  if (issue.code === 'invalid_value') {
    const near = typeof value === 'string' ? nearest(value, issue.values.map(String)) : undefined;
    return near === undefined ? `write ${issue.values.map(String).join(' or ')}` : `did you mean ${near}?`;
  }
  if (issue.code !== 'invalid_type') return undefined;
  if (value === null) return 'write a value, or leave the key out';
  return (INSTEAD[issue.expected] ?? INSTEAD['object'])?.(value);
}

const INSTEAD: Readonly<Record<string, (value: unknown) => string | undefined>> = {
  number: insteadOfNumber,
  int: insteadOfNumber,
  boolean: (value) => `write ${YES.includes(JSON.stringify(value).toLowerCase()) ? 'true' : 'false'}, without quotes`,
  string: (value) => (typeof value === 'object' ? 'write one value' : undefined),
  array: (value) => (typeof value === 'object' ? 'write a list: [a, b]' : 'put it between brackets: [a]'),
  object: (value) =>
    Array.isArray(value)
      ? 'write a key and a colon, such as `acme:`, in the place of each dash'
      : 'write its keys below it, each in a line of its own, deeper than this one',
};

const YES: readonly string[] = ['"yes"', '"on"', '"y"', '"true"', '1'];

function insteadOfNumber(value: unknown): string {
  const isNumber = typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value));
  return isNumber ? 'write it without quotes' : 'write digits alone';
}

/** Keys that have one place. */
const TOP_ALONE: readonly string[] = [
  'sources',
  'sinks',
  'source_memory',
  'journal',
  'redact',
  'redact_key',
  'normalize',
];

/** A key that is not among the `valid` ones of its map; `path` ends with it. */
export function unknownKey(path: Path, key: string, valid: readonly string[]): Finding {
  const near = nearest(key, valid);
  const top = path.length > 1 && TOP_ALONE.includes(key) ? `${key} stands at the top of the file, not indented; ` : '';
  const all = `${top}valid keys here: ${valid.join(', ')}`;
  return {
    code: 'CONFIG_UNKNOWN_KEY',
    path,
    at: 'key',
    expected: 'unknown key',
    fix: near === undefined ? all : `did you mean ${near}? ${all}`,
  };
}

/** The candidate that a typo of `word` was likely meant to be; two letters changed places count as two. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const same = candidates.find((one) => one.toLowerCase() === word.toLowerCase());
  if (candidates.length === 0 || same !== undefined) return same;
  // The library wants a mutable array and does not change it.
  const near = closest(word, [...candidates]);
  return distance(word, near) <= Math.max(near.length < 4 ? 1 : 2, Math.floor(near.length / 3)) ? near : undefined;
}

const ARTICLES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a map of keys',
  record: 'a map of keys',
  array: 'a list',
};

/** Zod's sentence in the product's words; a message that a schema gave itself stays as it is. */
function expectation(issue: z.core.$ZodIssue): string {
  if (!/^(Invalid|Too|Unrecognized)/.test(issue.message)) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${ARTICLES[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `expected ${issue.values.length === 1 ? '' : 'one of '}${issue.values.map(String).join(', ')}`;
    case 'invalid_format':
      return `expected a valid ${issue.format === 'url' ? 'URL' : issue.format}`;
    case 'invalid_union':
      return [...new Set(issue.errors.flat().map(expectation))].join(' or ') || 'expected another value';
    case 'too_small':
      return bound('at least', issue.minimum, issue.origin);
    case 'too_big':
      return bound('at most', issue.maximum, issue.origin);
    default:
      return issue.message;
  }
}

function bound(word: string, limit: number | bigint, origin: string): string {
  if (origin === 'string') return `expected ${word} ${limit} characters`;
  if (origin === 'array') return `expected ${word} ${limit} items`;
  return `expected ${word} ${limit}`;
}
