/**
 * From `type:` in a sink's YAML to the plugin it names: built in, one of the product's packages, any
 * other npm package, or a path. A package is loaded only when a configuration names it.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { fileSink, stdoutSink } from '@audit-relay/core';
import type { SinkPlugin } from '@audit-relay/sink';
import { nearest } from './config/problems.ts';

/** Types that come with the agent. */
export const BUILT_IN: ReadonlyMap<string, SinkPlugin<unknown>> = new Map(
  // A plugin's Config is its own matter: the agent hands `open` only what its schema has made.
  [fileSink, stdoutSink].map((plugin) => [plugin.type, plugin as SinkPlugin<unknown>]),
);

/** Types that the product publishes, each as a package of its own. */
export const PUBLISHED: readonly string[] = ['datadog', 'elasticsearch', 'kafka', 'splunk-hec'];

const SCOPE = '@audit-relay/sink-';
const PACKAGE_NAME = /^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/;

/** A plugin, or why there is none. */
export type Loaded = { readonly plugin: SinkPlugin<unknown> } | { readonly problem: PluginProblem };

/** Why a type leads to no plugin; becomes a problem at its `type` key. */
export interface PluginProblem {
  readonly code: 'CONFIG_SINK_MISSING' | 'CONFIG_SINK_BROKEN';
  readonly expected: string;
  readonly fix: string;
}

/** Loads what `type` names; relative paths and packages are looked for from `folder`, then from the agent. */
export async function loadPlugin(type: string, folder: string): Promise<Loaded> {
  const builtIn = BUILT_IN.get(type);
  if (builtIn !== undefined) return { plugin: builtIn };
  const isPath = /^(\.{1,2})?\//.test(type);
  const entry = isPath ? entryOfPath(resolve(folder, type)) : entryOfPackage(packageNames(type), folder);
  if (entry === undefined) return { problem: missing(type, isPath) };
  try {
    return pluginAmong(await import(pathToFileURL(entry).href), type);
  } catch (error) {
    return { problem: broken(type, `cannot be loaded: ${error instanceof Error ? error.message : String(error)}`) };
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
  const types = names.filter((name) => /^sink-(?!testkit$)/.test(name)).map((name) => name.slice('sink-'.length));
  return [...new Set(types)].sort();
}

function packageNames(type: string): readonly string[] {
  if (!PACKAGE_NAME.test(type)) return [];
  if (type.startsWith('@')) return [type];
  // `kafka` alone must never load some other package of that name.
  return PUBLISHED.includes(type) ? [packageOf(type)] : [packageOf(type), type];
}

function entryOfPackage(names: readonly string[], folder: string): string | undefined {
  const folders = names.flatMap((name) => moduleFolders(folder).map((modules) => join(modules, name)));
  return folders.map(entryOfPath).find((entry) => entry !== undefined);
}

/** A file, or a folder with a package.json → the file to import. */
function entryOfPath(path: string): string | undefined {
  const manifest = join(path, 'package.json');
  if (!existsSync(manifest)) return existsSync(path) ? path : undefined;
  // Whatever it holds is looked at key by key.
  const { exports, main } = JSON.parse(readFileSync(manifest, 'utf8')) as { exports?: unknown; main?: unknown };
  const entry = join(
    path,
    importTarget(Object(exports)['.'] ?? exports) ?? (typeof main === 'string' ? main : 'index.js'),
  );
  return existsSync(entry) ? entry : undefined;
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

function missing(type: string, isPath: boolean): PluginProblem {
  const code = 'CONFIG_SINK_MISSING';
  if (isPath) return { code, expected: `nothing to load at ${type}`, fix: 'paths begin at the folder of this file' };
  const near = PUBLISHED.includes(type) ? undefined : nearest(type, [...BUILT_IN.keys(), ...PUBLISHED]);
  const install = `npm install ${packageOf(type)}`;
  return {
    code,
    expected: `no sink of the type ${type} is installed`,
    fix: near === undefined ? install : `did you mean ${near}? otherwise: ${install}`,
  };
}

function broken(type: string, reason: string): PluginProblem {
  return {
    code: 'CONFIG_SINK_BROKEN',
    expected: `the package of ${type} ${reason}`,
    fix: 'install another version of it; docs/SINK-SPEC.md says what a sink exports',
  };
}

function pluginAmong(module: object, type: string): Loaded {
  const plugins = Object.values(module).filter((value: unknown) => typeof Object(value).type === 'string');
  const plugin: unknown = plugins.find((candidate) => candidate.type === type) ?? plugins[0];
  if (plugin === undefined) return { problem: broken(type, 'exports no plugin') };
  const { limits, open, document, configSchema } = Object(plugin);
  const whole =
    typeof limits === 'function' &&
    typeof open === 'function' &&
    typeof Object(configSchema).safeParse === 'function' &&
    (document === undefined || typeof document === 'function');
  // Its shape has just been checked; what the functions do is the test kit's matter.
  return whole
    ? { plugin: plugin as SinkPlugin<unknown> }
    : { problem: broken(type, 'exports a plugin that is not whole') };
}
