/**
 * From `type:` in a sink's YAML to the plugin it names: built in, one of the product's packages, any
 * other npm package, or a path. A package is loaded only when a configuration names it.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { fileSink, stdoutSink } from '@audit-relay/core';
import type { SinkPlugin } from '@audit-relay/sink';
import { nearest } from './config/problems.ts';
import { withinLimit } from './within-limit.ts';

/** Types that come with the agent. */
export const BUILT_IN: ReadonlyMap<string, SinkPlugin<unknown>> = new Map(
  // A plugin's Config is its own matter: the agent hands `open` only what its schema has made.
  [fileSink, stdoutSink].map((plugin) => [plugin.type, plugin as SinkPlugin<unknown>]),
);

/** Types that the product publishes, each as a package of its own. A test holds the list against the packages. */
export const PUBLISHED: readonly string[] = ['datadog', 'elasticsearch', 'kafka', 'splunk-hec'];

/** Packages of the scope's name that are no sinks. */
const NO_SINKS: readonly string[] = ['http', 'testkit'];

const SCOPE = '@audit-relay/sink-';
const ANOTHER_VERSION = 'install another version of it; docs/SINK-SPEC.md says what a sink exports';
const PACKAGE_NAME = /^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/;

/** A plugin, or why there is none. */
export type Loaded = { readonly plugin: SinkPlugin<unknown> } | { readonly problem: PluginProblem };

/** Why a type leads to no plugin; becomes a problem at its `type` key. */
export interface PluginProblem {
  readonly code: 'CONFIG_SINK_MISSING' | 'CONFIG_SINK_BROKEN';
  readonly expected: string;
  readonly fix: string;
}

/** Longest time for a module to load, in milliseconds: one that waits for something at its top might wait for ever. */
export const LOAD_MS = 30_000;

/** Loads what `type` names; relative paths and packages are looked for from `folder`, then from the agent. */
export async function loadPlugin(type: string, folder: string, limitMs: number = LOAD_MS): Promise<Loaded> {
  const builtIn = BUILT_IN.get(type);
  if (builtIn !== undefined) return { plugin: builtIn };
  const path = /^(\.{1,2})?\//.test(type) ? resolve(folder, type) : undefined;
  const entry = path === undefined ? entryOfPackage(packageNames(type), folder) : entryOfPath(path);
  if (entry === undefined) return { problem: path === undefined ? notInstalled(type, folder) : notThere(type, path) };
  const named: Named = { type, entry, isPath: path !== undefined };
  try {
    return pluginAmong(await withinLimit(limitMs, () => import(pathToFileURL(entry).href)), named);
  } catch (error) {
    return { problem: notLoading(named, error) };
  }
}

/** The package of a type, as it would be installed. */
export function packageOf(type: string): string {
  return type.startsWith('@') ? type : `${SCOPE}${type}`;
}

/** Installed `@audit-relay/sink-…` packages by type, found from `folder` and from the agent. */
export function installedTypes(folder: string): readonly string[] {
  const scopes = moduleFolders(folder).map((modules) => join(modules, '@audit-relay'));
  const names = scopes.filter((scope) => existsSync(scope)).flatMap((scope) => readdirSync(scope));
  const types = names.filter((name) => name.startsWith('sink-')).map((name) => name.slice('sink-'.length));
  return [...new Set(types)].filter((type) => !NO_SINKS.includes(type)).sort();
}

function packageNames(type: string): readonly string[] {
  if (!PACKAGE_NAME.test(type)) return [];
  if (type.startsWith('@')) return [type];
  // `kafka` alone must never load some other package of that name.
  return PUBLISHED.includes(type) ? [packageOf(type)] : [packageOf(type), type];
}

/** The file to import of the first of these packages that is there. */
export function entryOfPackage(names: readonly string[], folder: string): string | undefined {
  const folders = names.flatMap((name) => moduleFolders(folder).map((modules) => join(modules, name)));
  return folders.map(entryOfPath).find((entry) => entry !== undefined);
}

/** A file, or a folder with a package.json → the file to import. */
function entryOfPath(path: string): string | undefined {
  const manifest = join(path, 'package.json');
  if (!existsSync(manifest)) return isFile(path) ? path : undefined;
  // Whatever it holds is looked at key by key.
  const { exports, main } = JSON.parse(readFileSync(manifest, 'utf8')) as { exports?: unknown; main?: unknown };
  const entry = join(
    path,
    importTarget(Object(exports)['.'] ?? exports) ?? (typeof main === 'string' ? main : 'index.js'),
  );
  return isFile(entry) ? entry : undefined;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

/**
 * What `import` would take of a package's `exports` (nodejs.org/api/packages.html, conditional
 * exports): the first condition in the package's own order. Node 20 cannot resolve from another folder.
 */
function importTarget(exported: unknown): string | undefined {
  if (typeof exported === 'string') return exported;
  const conditions = Object.entries(Object(exported)).filter(([name]) => ['node', 'import', 'default'].includes(name));
  return conditions.map(([, value]) => importTarget(value)).find((target) => target !== undefined);
}

/** Every `node_modules` that a module in `folder`, then one of the agent, would look into. */
function moduleFolders(folder: string): readonly string[] {
  const agent = dirname(fileURLToPath(import.meta.url));
  const from = [folder, agent].flatMap((start) => createRequire(join(start, 'from.js')).resolve.paths('package') ?? []);
  return [...new Set(from)];
}

function notThere(type: string, path: string): PluginProblem {
  const code = 'CONFIG_SINK_MISSING';
  if (!existsSync(path)) {
    return { code, expected: `nothing to load at ${type}`, fix: 'paths begin at the folder of this file' };
  }
  return {
    code,
    expected: `${type} is a folder whose package.json names no file that is there`,
    fix: `name the file itself, such as ${type.replace(/\/$/, '')}/index.js, or build the package`,
  };
}

/** What nobody publishes has no command that installs it: whoever takes such a name in the registry would be let in. */
function notInstalled(type: string, folder: string): PluginProblem {
  const problem = { code: 'CONFIG_SINK_MISSING', expected: `no sink of the type ${type} is installed` } as const;
  if (type.startsWith('@'))
    return { ...problem, fix: 'install that package beside the configuration, or mend its name' };
  if (PUBLISHED.includes(type)) return { ...problem, fix: `npm install ${packageOf(type)}` };
  const types = [...new Set([...BUILT_IN.keys(), ...PUBLISHED, ...installedTypes(folder)])];
  const near = nearest(type, types);
  const all = `there are ${types.join(', ')}, and a module of your own by its path, such as ./my-sink.js`;
  return { ...problem, fix: near === undefined ? all : `did you mean ${near}? ${all}` };
}

/** A module that is there, and how it was named. */
interface Named {
  readonly type: string;
  readonly entry: string;
  /** Named by its path it is the user's own work; otherwise it came from a registry. */
  readonly isPath: boolean;
}

function notLoading({ type, entry, isPath }: Named, error: unknown): PluginProblem {
  const [why] = (error instanceof Error ? error.message : String(error)).split('\n');
  const all = `all of the error: node ${entry}`;
  const own = /\.[cm]?tsx?$/.test(entry) ? 'build it, and name the .js that comes of it' : all;
  return {
    code: 'CONFIG_SINK_BROKEN',
    expected: `${moduleOf(type, isPath)} cannot be loaded: ${why}`,
    fix: isPath ? own : ANOTHER_VERSION,
  };
}

function moduleOf(type: string, isPath: boolean): string {
  return isPath ? type : `the package of ${type}`;
}

/** By its shape alone: a zod schema has a `type` too, and exports come in the order of the alphabet. */
function pluginAmong(module: object, { type, isPath }: Named): Loaded {
  const candidates = Object.entries(module).map(([name, value]) => ({ name, value, lacks: lacksOf(value) }));
  const whole = candidates.filter(({ lacks }) => lacks.length === 0);
  const chosen = whole.find(({ value }) => value.type === type) ?? whole[0];
  // Its shape has just been checked; what the functions do is the test kit's matter.
  if (chosen !== undefined) return { plugin: chosen.value as SinkPlugin<unknown> };
  // One part alone is as good as none: many things have a `type`.
  const [near] = candidates.filter(({ lacks }) => lacks.length < 3).sort((a, b) => a.lacks.length - b.lacks.length);
  const lack = near === undefined ? '' : `: ${near.name} comes nearest and lacks ${near.lacks.join(', ')}`;
  return {
    problem: {
      code: 'CONFIG_SINK_BROKEN',
      expected: `${moduleOf(type, isPath)} exports no plugin${lack}`,
      fix: isPath ? 'export a SinkPlugin: docs/SINK-SPEC.md' : ANOTHER_VERSION,
    },
  };
}

/** The parts of a plugin that `exported` has not, or has in another form. */
function lacksOf(exported: unknown): readonly string[] {
  const { type, configSchema, limits, document, exclusions, open, setup, files } = Object(exported);
  const parts = {
    type: typeof type === 'string',
    configSchema: typeof Object(configSchema).safeParse === 'function',
    limits: typeof limits === 'function',
    open: typeof open === 'function',
    document: document === undefined || typeof document === 'function',
    exclusions: exclusions === undefined || typeof exclusions === 'function',
    setup: setup === undefined || typeof setup === 'function',
    files: files === undefined || typeof files === 'function',
  };
  return Object.entries(parts).flatMap(([name, isThere]) => (isThere ? [] : [name]));
}
