/**
 * `${VAR}`, `${VAR:-default}` and `${file:/path}` inside YAML's texts, put in after parsing: a value
 * keeps its place in the file and can never become YAML.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { type Document, isMap, isScalar, isSeq, type Scalar } from 'yaml';
import type { Environment } from '../process-io.ts';
import { credentialProblem, isCredential, trimmed } from './credentials.ts';
import type { Finding, Path } from './problems.ts';
import { isSecret, secretsOf } from './secret-values.ts';

/** One text of the file that held at least one substitution. */
export interface Substituted {
  readonly path: Path;
  /** The whole text was one `${…}`: it may stand for a number or a boolean where the schema wants one. */
  readonly whole: boolean;
  /** The variable, where the whole text was one and is empty. */
  readonly emptyVariable?: string;
  /** Files it was read from, as written. */
  readonly files: readonly string[];
}

/** What must not be seen, and where the process has it. */
export interface KnownSecrets {
  /** Values that must never be seen: of secret-sounding keys, of files, and passwords inside URLs. */
  readonly secrets: readonly string[];
  /** Names of the variables that such values were made of. */
  readonly secretVariables: readonly string[];
}

/** What one pass over a file found. */
export interface Substitution extends KnownSecrets {
  readonly substituted: readonly Substituted[];
  readonly findings: readonly Finding[];
}

/** The brace may be missing: a forgotten one is named and not taken for a text. */
const REFERENCE = /\$\{([^}]*)\}?/g;
const VARIABLE = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;

/** Changes the texts of `document` in place. A text that cannot be completed becomes a finding. */
export function substitute(document: Document, env: Environment): Substitution {
  const substituted: Substituted[] = [];
  const findings: Finding[] = [];
  const secrets = new Set<string>();
  const secretVariables = new Set<string>();
  for (const { node, path } of scalars(document.contents, [])) {
    if (typeof node.value !== 'string') continue;
    const text = { written: node.value, path, ...expand(node.value, env) };
    const value = isCredential(path) ? trimmed(text.value) : text.value;
    const { files, whole, references } = text;
    if (references > 0) substituted.push({ path, whole, files, ...emptyVariable(text, value) });
    findings.push(...textFindings(text, value));
    node.value = value;
    const found = secretsOf(value, path, isSecret(path) || files.length > 0);
    for (const secret of found) secrets.add(secret);
    if (found.length > 0) for (const name of variablesIn(text.written)) secretVariables.add(name);
  }
  return { substituted, findings, secrets: [...secrets], secretVariables: [...secretVariables] };
}

function variablesIn(written: string): readonly string[] {
  return [...written.matchAll(REFERENCE)].flatMap(([, inside = '']) => VARIABLE.exec(inside)?.[1] ?? []);
}

function* scalars(node: unknown, path: Path): Generator<{ readonly node: Scalar; readonly path: Path }> {
  if (isScalar(node)) yield { node, path };
  if (isSeq(node)) for (const [index, item] of node.items.entries()) yield* scalars(item, [...path, index]);
  if (!isMap(node)) return;
  for (const { key, value } of node.items) yield* scalars(value, [...path, String(isScalar(key) ? key.value : key)]);
}

interface Expanded {
  readonly value: string;
  readonly whole: boolean;
  readonly references: number;
  readonly files: readonly string[];
  readonly problems: readonly Omit<Finding, 'path'>[];
}

/** One text of the file, with what became of it. */
interface Text extends Expanded {
  readonly written: string;
  readonly path: Path;
}

function expand(text: string, env: Environment): Expanded {
  const files: string[] = [];
  const problems: Omit<Finding, 'path'>[] = [];
  const matches = [...text.matchAll(REFERENCE)];
  const value = text.replace(REFERENCE, (written, inside: string) => {
    if (inside.startsWith('file:')) files.push(inside.slice(5));
    const found = written.endsWith('}') ? lookUp(inside, env) : badSubstitution(written);
    if (typeof found === 'string') return found;
    problems.push(found);
    return '';
  });
  return { value, files, problems, references: matches.length, whole: matches[0]?.[0] === text };
}

function lookUp(inside: string, env: Environment): string | Omit<Finding, 'path'> {
  return inside.startsWith('file:') ? fromFile(inside.slice(5)) : fromVariable(inside, env);
}

function badSubstitution(written: string): Omit<Finding, 'path'> {
  return {
    code: 'CONFIG_BAD_SUBSTITUTION',
    expected: `${written} is no substitution`,
    fix: 'write ${NAME}, ${NAME:-default} or ${file:/path}',
  };
}

function fromVariable(inside: string, env: Environment): string | Omit<Finding, 'path'> {
  const [, name, fallback] = VARIABLE.exec(inside) ?? [];
  if (name === undefined) return badSubstitution(`\${${inside}}`);
  // As in a shell, `:-` stands in for an empty variable too; without a default an empty one is taken as it is.
  const value = env[name];
  const found = fallback !== undefined && value === '' ? fallback : (value ?? fallback);
  return (
    found ?? {
      code: 'CONFIG_UNSET_VARIABLE',
      expected: `the variable ${name} is not set`,
      fix: `set ${name}, or give a default: \${${name}:-…}`,
    }
  );
}

/** Editors and `echo` end a file with a newline that is no part of the secret. */
function fromFile(path: string): string | Omit<Finding, 'path'> {
  try {
    return secretIn(path).replace(/\r?\n$/, '');
  } catch (error) {
    // Failures of the file system carry a code; `cause` names nothing that the file held.
    const reason = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    return {
      code: 'CONFIG_SECRET_UNREADABLE',
      expected: `the file ${path} cannot be read (${reason})`,
      fix: `check that it exists and that this user may read it${whereItBegins(path)}`,
    };
  }
}

/** A secret is short: what is longer is another file, or a device without an end. */
const MAX_SECRET_BYTES = 64 * 1024;

/** @throws the system's errors, and `EFBIG`. */
function secretIn(path: string): string {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(MAX_SECRET_BYTES + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read) {
      read = readSync(file, bytes, length, bytes.length - length, null);
    }
    if (length > MAX_SECRET_BYTES) throw Object.assign(new Error('too large'), { code: 'EFBIG' });
    return bytes.toString('utf8', 0, length);
  } finally {
    closeSync(file);
  }
}

/** Said of a path that is not there, since it is not what the user took it for. */
function whereItBegins(path: string): string {
  if (/^~[^/]*(\/|$)/.test(path))
    return '; ~ is a word of the shell and stands for no folder here: write the whole path';
  return isAbsolute(path) ? '' : `; it begins in the folder where the command runs: ${resolve(path)}`;
}

/** Of a text that is wholly a variable, without a file or a default. */
function emptyVariable({ written, problems }: Text, value: string): Pick<Substituted, 'emptyVariable'> {
  const name = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/.exec(written)?.[1];
  return value === '' && problems.length === 0 && name !== undefined ? { emptyVariable: name } : {};
}

function textFindings({ written, path, files, problems, references }: Text, value: string): readonly Finding[] {
  if (problems.length > 0) return problems.map((problem) => ({ ...unsaid(problem, path), path }));
  const plain = references === 0 && isSecret(path) ? plainSecret(written, path) : undefined;
  // What was meant as a variable is no key, whatever it holds.
  const isMeant = plain === undefined || plain.level === 'warning';
  const bad = isCredential(path) && isMeant ? credentialProblem(value, { path, files }) : undefined;
  return [plain, bad].filter((finding) => finding !== undefined);
}

/** Who puts a key itself between the braces is told so without it. */
function unsaid(problem: Omit<Finding, 'path'>, path: Path): Omit<Finding, 'path'> {
  if (problem.code !== 'CONFIG_BAD_SUBSTITUTION' || !isSecret(path)) return problem;
  return { ...problem, expected: 'what stands here between ${ and } is the name of no variable' };
}

/** `$NAME`, `$env:NAME`, `%NAME%`, `{{ NAME }}`, `$(command)`: how others write it. */
const OTHERS = /^(\$(env:)?[A-Z_][A-Z0-9_]*|%[A-Z_][A-Z0-9_]*%|\{\{.*\}\}|\$\(.*\))$/;

function plainSecret(written: string, path: Path): Finding {
  if (OTHERS.test(written.trim())) {
    return {
      code: 'CONFIG_BAD_SUBSTITUTION',
      path,
      expected: 'this is taken as the secret itself, letter by letter: a variable is written otherwise here',
      fix: 'write ${NAME}, with a dollar and braces',
    };
  }
  return {
    level: 'warning',
    code: 'CONFIG_PLAIN_SECRET',
    path,
    expected: 'a secret stands here in plain text',
    fix: 'take it from ${VARIABLE} or ${file:/path}',
  };
}
