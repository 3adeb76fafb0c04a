/**
 * A YAML file → everything a relay needs, or every problem that the file has, all at once.
 *
 * parse → substitute → check each part → load the plugins, which is to run what others wrote → problems with their places.
 */
import { hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import {
  type JournalConfig,
  normalizationConfigSchema,
  sourceConfigSchema,
  sourceMemorySchema,
} from '@audit-relay/core';
import { z } from 'zod';
import type { Environment } from '../process-io.ts';
import { check, type Notes } from './check.ts';
import { filesNamed, unusableFiles } from './files.ts';
import { loadJournal, type NamedJournal, readJournalKeys } from './journal.ts';
import { type Parsed, parseYaml } from './parse.ts';
import { pathFindings } from './paths.ts';
import { placeInText, placeOfKey, placeOfValue, type SourcePosition } from './positions.ts';
import { type Finding, type Problem, unknownKey } from './problems.ts';
import { unusableProxies } from './proxies.ts';
import {
  type AgentConfig,
  followConfigSchema,
  httpConfigSchema,
  logConfigSchema,
  nameSchema,
  PART_NAME,
} from './schema.ts';
import { secretNamesIn, secretsOfEnvironment } from './secret-values.ts';
import { shellWords } from './shell-words.ts';
import { shownConfiguration } from './shown.ts';
import { loadSinks, rawSinks } from './sink.ts';
import { type KnownSecrets, substitute } from './substitute.ts';
import { suspicions } from './suspicions.ts';
import { TOO_MANY_ALIASES } from './yaml-words.ts';

/** What a file turned out to be, good or not. */
export interface Reading {
  /** Present when no problem is an error. */
  readonly config?: AgentConfig;
  /** By itself, for a look at the journal while, say, a variable is not set in this shell. */
  readonly journal?: JournalConfig | NamedJournal;
  /** By itself, for a look at what becomes of an event. */
  readonly normalization?: AgentConfig['normalization'];
  /** In the order of the file. */
  readonly problems: readonly Problem[];
  /** Values that must never be seen. */
  readonly secrets: readonly string[];
  /** The variables that it was read with, proxies among them. */
  readonly env: Environment;
  /** Names of the variables that hold some of them. */
  readonly secretVariables: readonly string[];
  /** What the file says, without a secret; empty where it could not be read. */
  readonly shown: string;
  /** Files named by `${file:…}`. */
  readonly secretFiles: readonly string[];
  /** As the user wrote it on the command line. */
  readonly file: string;
  /** The first 12 hexadecimal digits of the SHA-256 of its text; of no text where it cannot be read. */
  readonly hash: string;
  /** The same text, with variables and secret files as they are by then. */
  again(): Promise<Reading>;
  /** The file as it is by then; a text that stands for one stays as it is. */
  reread(mayLoad?: MayLoad): Promise<Reading>;
}

/**
 * Asked of a text that nobody has asked for, once all of it that can be judged without a sink's module is right: whether those
 * may be loaded, which runs them. Where not, the reading is not good, and needs to have no problem.
 */
type MayLoad = (next: Pick<FixedParts, 'source_memory' | 'journal' | 'http' | 'log'>, hash: string) => boolean;

/** All that needs no module of anybody. */
export type FixedParts = Omit<AgentConfig, 'sinks' | 'journal'> & { readonly journal: JournalConfig | NamedJournal };

/** Told what must not be seen, before anybody else's code runs. */
type Hide = (known: KnownSecrets) => void;

/** A reading without errors. */
export type GoodReading = Reading & { readonly config: AgentConfig };

/** A text that stands for a file, with the variables that it may name. */
export interface ConfigText {
  /** As the user wrote it on the command line. */
  readonly file: string;
  readonly text: string;
  readonly env: Environment;
  readonly hide?: Hide | undefined;
}

const NORMALIZATION_KEYS: readonly string[] = ['redact', 'redact_key', 'normalize'];
const OTHER_KEYS: readonly string[] = ['sinks', 'http', 'log', 'config'];
const TOP_KEYS: readonly string[] = [
  'name',
  'sources',
  'source_memory',
  'journal',
  ...NORMALIZATION_KEYS,
  ...OTHER_KEYS,
];
const EXAMPLES = 'config/file.yaml is one to begin with';

/** Whether nothing but warnings was found. */
export function isGood(reading: Reading): reading is GoodReading {
  return reading.config !== undefined;
}

/** The process that a configuration is read in. */
type Reader = Pick<ConfigText, 'env'> & { readonly hide: Hide };

/** Never throws: a file that cannot be read is a problem like any other. `hide` is told of each reading, the later ones too. */
export async function readConfig(file: string, { env, hide }: Reader): Promise<Reading> {
  return readFileText({ file, env, hide });
}

async function readFileText(named: Omit<ConfigText, 'text'>, mayLoad?: MayLoad): Promise<Reading> {
  const { file, env } = named;
  const reread = (mayLoadThen?: MayLoad): Promise<Reading> => readFileText(named, mayLoadThen);
  try {
    const reading = await readConfigText({ ...named, text: await textOf(file) }, mayLoad);
    return { ...reading, reread };
  } catch (error) {
    return {
      problems: [{ level: 'error', file, line: 1, column: 1, path: '', ...unreadable(file, error) }],
      secrets: [],
      env,
      secretVariables: [],
      shown: '',
      secretFiles: [],
      file,
      hash: hashOf(''),
      again: reread,
      reread,
    };
  }
}

/** Larger ones are no configuration; a device or a pipe has no end. */
const MAX_BYTES = 256 * 1024;

/** @throws the system's errors, and `EFBIG`. */
async function textOf(file: string): Promise<string> {
  // The bound itself is one byte too many.
  const bytes = await buffer(createReadStream(file, { end: MAX_BYTES }));
  if (bytes.length > MAX_BYTES) throw Object.assign(new Error('too large'), { code: 'EFBIG' });
  return bytes.toString('utf8');
}

function unreadable(file: string, error: unknown): Pick<Problem, 'code' | 'expected' | 'fix'> {
  const reason: unknown = Object(error).code ?? String(error);
  const [why, fix] = UNREADABLE[String(reason)] ?? [(path) => path, 'name another with --config'];
  return {
    code: 'CONFIG_UNREADABLE',
    expected: `this file cannot be read (${String(reason)}): ${why(resolve(file))}`,
    fix,
  };
}

/** By the system's code: what stands at the absolute path, and what to do. */
const UNREADABLE: Readonly<Record<string, readonly [why: (path: string) => string, fix: string]>> = {
  ENOENT: [(path) => `there is no ${path}`, `go to the folder that it is in, or name it with --config; ${EXAMPLES}`],
  EFBIG: [
    (path) => `${path} has more than ${MAX_BYTES / 1024} KiB, which no configuration has`,
    `name another; ${EXAMPLES}`,
  ],
  EISDIR: [(path) => `${path} is a folder`, 'name the file in it with --config'],
  EACCES: [
    (path) => `this user may not read ${path}`,
    'run this as the user that the agent runs as, or give this one the right',
  ],
};

/** As `readConfig`, of a text that is already here. */
export async function readConfigText(source: ConfigText, mayLoad?: MayLoad): Promise<Reading> {
  const { file, text, env } = source;
  const parsed = parseYaml(text);
  const shown = shownConfiguration(parsed.document);
  const { substituted, findings, ...found } = substitute(parsed.document, env);
  const known: KnownSecrets = {
    secrets: [...found.secrets, ...secretsOfEnvironment(env)],
    secretVariables: [...found.secretVariables, ...secretNamesIn(env)],
  };
  source.hide?.(known);
  const notes: Notes = { substituted, findings: [...findings] };
  const raw = plainObject(parsed, notes);
  notes.findings.push(...shellWords(raw), ...unusableFiles(raw), ...unusableProxies(raw, env));
  const fixed = readFixedParts(raw, notes);
  notes.findings.push(...suspicions({ sources: fixed.sources ?? {}, normalization: fixed.normalization }));
  const hash = hashOf(text);
  const raws = rawSinks(namedParts(raw, 'sinks', notes), notes);
  const isSound = ![...parsed.findings, ...notes.findings].some(isError);
  const isLoading = mayLoad === undefined || (isSound && isWhole(fixed) && mayLoad(fixed, hash));
  const loading = { folder: dirname(resolve(file)), secrets: known.secrets };
  const [sinks, journal] = isLoading
    ? [await loadSinks(raws, loading, notes), await loadJournal(fixed.journal, loading, notes)]
    : [undefined, undefined];
  const parts = { ...fixed, sinks, journal };
  const read = [resolve(file), ...filesNamed(raw), ...substituted.flatMap(({ files }) => files)];
  notes.findings.push(...pathFindings({ sinks: sinks ?? {}, journal: fixed.journal, read }));
  const problems = placed(parsed, notes.findings, file);
  const whole = problems.every(({ level }) => level === 'warning');
  return {
    ...(whole && isWhole(parts) ? { config: parts } : {}),
    ...(fixed.journal === undefined ? {} : { journal: fixed.journal }),
    ...(parts.normalization === undefined ? {} : { normalization: parts.normalization }),
    problems,
    ...known,
    env,
    shown,
    secretFiles: [...new Set(substituted.flatMap(({ files }) => files))],
    file,
    hash,
    again: () => readConfigText(source),
    reread: (mayLoadThen) => readConfigText(source, mayLoadThen),
  };
}

function isError({ level = 'error' }: Pick<Finding, 'level'>): boolean {
  return level === 'error';
}

/** Enough to tell two texts apart, and to compare by eye. */
function hashOf(text: string): string {
  return hash('sha256', text).slice(0, 12);
}

/** What could be read of each part; undefined where a finding was noted. */
type Parts<Whole> = { readonly [Part in keyof Whole]: Whole[Part] | undefined };

function isWhole<Whole>(parts: Parts<Whole>): parts is Whole {
  return Object.values(parts).every((part) => part !== undefined);
}

function readFixedParts(raw: Readonly<Record<string, unknown>>, notes: Notes): Parts<FixedParts> {
  const unknown = Object.keys(raw).filter((key) => !TOP_KEYS.includes(key));
  notes.findings.push(...unknown.map((key) => unknownKey([key], key, TOP_KEYS)));
  return {
    name: check({ schema: nameSchema, value: raw['name'], path: ['name'] }, notes),
    sources: readSources(raw, notes),
    source_memory: check(
      { schema: sourceMemorySchema, value: raw['source_memory'] ?? undefined, path: ['source_memory'] },
      notes,
    ),
    journal: readJournalKeys(raw['journal'] ?? {}, notes),
    normalization: readNormalization(raw, notes),
    http: check({ schema: httpConfigSchema, value: raw['http'] ?? {}, path: ['http'] }, notes),
    log: check({ schema: logConfigSchema, value: raw['log'] ?? {}, path: ['log'] }, notes),
    config: check({ schema: followConfigSchema, value: raw['config'] ?? {}, path: ['config'] }, notes),
  };
}

/** The tree as plain values. Aliases that multiply are YAML's only late error. */
function plainObject({ document }: Parsed, notes: Notes): Readonly<Record<string, unknown>> {
  try {
    const raw: unknown = document.toJS({ maxAliasCount: 10 });
    if (raw === null || z.record(z.string(), z.unknown()).safeParse(raw).success) return { ...Object(raw) };
    notes.findings.push({ code: 'CONFIG_INVALID_VALUE', path: [], expected: 'expected a map of keys', fix: EXAMPLES });
  } catch {
    notes.findings.push({ code: 'CONFIG_YAML', path: [], ...TOO_MANY_ALIASES });
  }
  return {};
}

/** Three keys of the top that are one part: a rule of `redact` may need the `redact_key`. */
function readNormalization(
  raw: Readonly<Record<string, unknown>>,
  notes: Notes,
): AgentConfig['normalization'] | undefined {
  const given = NORMALIZATION_KEYS.filter((key) => (raw[key] ?? undefined) !== undefined);
  const value = Object.fromEntries(given.map((key) => [key, raw[key]]));
  return check({ schema: normalizationConfigSchema, value, path: [] }, notes);
}

function readSources(raw: Readonly<Record<string, unknown>>, notes: Notes): AgentConfig['sources'] {
  const sources = namedParts(raw, 'sources', notes).map(
    ([name, value]): [string, AgentConfig['sources'][string] | undefined] => [
      name,
      check({ schema: sourceConfigSchema, value, path: ['sources', name] }, notes),
    ],
  );
  return Object.fromEntries(sources.flatMap(([name, config]) => (config === undefined ? [] : [[name, config]])));
}

/** The entries of `sources` or `sinks`: at least one, each with a name that can be used everywhere. */
function namedParts(
  raw: Readonly<Record<string, unknown>>,
  key: 'sources' | 'sinks',
  notes: Notes,
): readonly [string, unknown][] {
  const schema = z.record(z.string(), z.unknown(), { error: `expected at least one of ${key}, by name` });
  const parts = Object.entries(check({ schema, value: raw[key] ?? undefined, path: [key] }, notes) ?? {});
  if (!Array.isArray(raw[key]) && Object(raw[key]) === raw[key] && parts.length === 0) {
    notes.findings.push({
      code: 'CONFIG_MISSING_KEY',
      path: [key],
      at: 'key',
      expected: `expected at least one of ${key}, by name`,
      fix: EXAMPLES,
    });
  }
  for (const [name] of parts.filter(([part]) => !PART_NAME.test(part))) {
    const expected = 'expected a name of letters, digits, `_`, `-` and `.`, a letter first, at most 64';
    notes.findings.push({ code: 'CONFIG_INVALID_VALUE', path: [key, name], at: 'key', expected, fix: 'rename it' });
  }
  return parts;
}

/** Places looked up and put in order. What a failed substitution or broken syntax has caused is left out. */
function placed(parsed: Parsed, findings: readonly Finding[], file: string): readonly Problem[] {
  const unfinished = new Set(findings.filter(isUnfinished).map(({ path }) => JSON.stringify(path)));
  const fromKeys = findings
    .filter((finding) => isUnfinished(finding) || !unfinished.has(JSON.stringify(finding.path)))
    .map((finding) => ({ ...finding, place: placeOf(parsed, finding), path: finding.path.join('.') }))
    .filter((finding) => parsed.brokenFrom === undefined || isSure(finding, parsed.brokenFrom));
  const named = new Set(parsed.findings.map(({ place }) => `${place.line}:${place.column}`));
  const elsewhere = fromKeys.filter(({ place }) => !named.has(`${place.line}:${place.column}`));
  const all = [...parsed.findings.map((finding) => ({ ...finding, path: '' })), ...elsewhere];
  return all
    .map(({ place, level = 'error', code, path, expected, fix }): Problem => {
      return { level, code, file, ...place, path, expected, ...(fix === undefined ? {} : { fix }) };
    })
    .sort((a, b) => a.line - b.line || a.column - b.column);
}

/** Said of what stands before the broken place. A `when` on its line may itself be cut short by it. */
function isSure(
  { place, code }: { readonly place: SourcePosition; readonly code: string },
  brokenFrom: SourcePosition,
): boolean {
  if (code === 'CONFIG_MISSING_KEY' || (code === 'WHEN_INVALID' && place.line === brokenFrom.line)) return false;
  return isBefore(place, brokenFrom);
}

function placeOf(parsed: Parsed, { path, at, inside }: Finding): SourcePosition {
  if (at === 'key') return placeOfKey(parsed, path);
  return inside === undefined ? placeOfValue(parsed, path) : placeInText(parsed, path, inside);
}

const UNFINISHED: readonly string[] = [
  'CONFIG_UNSET_VARIABLE',
  'CONFIG_SECRET_UNREADABLE',
  'CONFIG_BAD_SUBSTITUTION',
  'CONFIG_BAD_CREDENTIAL',
];

/** The text never came to be, so nothing else that is said about it is true. */
function isUnfinished({ code }: Finding): boolean {
  return UNFINISHED.includes(code);
}

function isBefore(a: SourcePosition, b: SourcePosition): boolean {
  return a.line < b.line || (a.line === b.line && a.column < b.column);
}
