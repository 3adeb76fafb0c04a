/** What npm says of the product's parts, as pure functions over its JSON. */
import { folderOf } from './lockfile.mjs';

/**
 * @typedef {import('./lockfile.mjs').Lock} Lock
 *
 * @typedef {object} Bill The part read of a CycloneDX file.
 * @property {string} bomFormat
 * @property {readonly { 'bom-ref': string, name: string, version: string }[]} components
 * @property {readonly { ref: string, dependsOn: readonly string[] }[]} dependencies
 *
 * @typedef {object} Verdict
 * @property {'clean' | 'vulnerable' | 'not answered'} verdict
 * @property {readonly string[]} lines For a human.
 */

/** From this severity on a vulnerability is a failure. */
const FAILING = ['moderate', 'high', 'critical'];

/** What stands in a package's own files instead of beside it: the libraries of the status page. */
export const BUNDLED = new Map([['packages/agent', ['preact', 'uplot']]]);

/**
 * Every package that some of the workspace's need to run, on any platform; those of the workspace itself are left out, as
 * they are in npm's bill.
 *
 * @param {Lock} lock
 * @param {readonly string[]} folders Where those stand: `packages/agent`.
 * @returns {ReadonlySet<string>} Each as `name@version`.
 * @throws {Error} When the lockfile lacks what is in a package's own files.
 */
export function neededBy(lock, folders) {
  const bundled = folders.flatMap((folder) => (BUNDLED.get(folder) ?? []).map((name) => bundledAt(lock, folder, name)));
  const all = [...foldersNeededBy(lock, [...folders, ...bundled])];
  const foreign = all.filter((folder) => folder.includes('node_modules/'));
  return new Set(foreign.map((folder) => nameOf(lock.packages, folder)));
}

/**
 * @param {Lock} lock
 * @param {string} folder
 * @param {string} name
 */
function bundledAt({ packages }, folder, name) {
  const place = folderOf(packages, folder, name);
  if (place === undefined) throw new Error(`the lockfile lacks ${name}, which stands in the files of ${folder}`);
  return place;
}

/**
 * The packages whose code a bundle holds, by the paths of its modules; a bundler marks its own with a NUL.
 *
 * @param {readonly string[]} modules
 * @returns {readonly string[]} Sorted, each once.
 */
export function packagesAmong(modules) {
  const names = modules.flatMap((path) => {
    const [, ...inside] = path.split('/node_modules/');
    return inside.at(-1)?.match(/^(?:@[^/]+\/)?[^/]+/) ?? [];
  });
  return [...new Set(names)].sort();
}

/**
 * The same as places in the tree, those of the workspace among them.
 *
 * @param {Lock} lock
 * @param {readonly string[]} folders
 * @returns {ReadonlySet<string>} `packages/core`, `node_modules/zod`.
 */
export function foldersNeededBy({ packages }, folders) {
  const found = new Set();
  const waiting = [...folders];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    if (found.has(folder)) continue;
    found.add(folder);
    for (const name of namesWanted(packages[folder] ?? {})) {
      const place = folderOf(packages, folder, name);
      // An optional package of another platform may have no entry; any other would fail the install.
      if (place !== undefined) waiting.push(packages[place]?.link ? String(packages[place].resolved) : place);
    }
  }
  return found;
}

/** @param {import('./lockfile.mjs').LockEntry} entry */
function namesWanted({ dependencies, optionalDependencies, peerDependencies = {}, peerDependenciesMeta = {} }) {
  const peers = Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta[name]?.optional);
  return [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers];
}

/**
 * @param {import('./lockfile.mjs').LockEntries} packages
 * @param {string} folder
 */
function nameOf(packages, folder) {
  const { name, version } = packages[folder] ?? {};
  return `${name ?? folder.replace(/^.*node_modules\//, '')}@${version}`;
}

/**
 * The bill of what is needed alone. npm's own `--omit=dev` leaves out whatever is a tool of any package as well as a
 * part of another: of ours, zod, undici and yaml.
 *
 * @param {Bill} bill
 * @param {ReadonlySet<string>} needed
 * @returns {Bill}
 * @throws {Error} When it is of another format, or lacks something.
 */
export function billOf(bill, needed) {
  if (bill.bomFormat !== 'CycloneDX') throw new Error('this is no CycloneDX file');
  const components = bill.components.filter(({ name, version }) => needed.has(`${name}@${version}`));
  const named = new Set(components.map(({ name, version }) => `${name}@${version}`));
  const missing = [...needed].filter((one) => !named.has(one));
  if (missing.length > 0) throw new Error(`the bill of materials lacks ${missing.join(', ')}`);
  const refs = new Set(components.map((component) => component['bom-ref']));
  const dependencies = bill.dependencies
    .filter(({ ref }) => refs.has(ref))
    .map((one) => ({ ...one, dependsOn: one.dependsOn.filter((ref) => refs.has(ref)) }));
  return { ...bill, components, dependencies };
}

/**
 * @param {string} output What `npm audit --json` printed.
 * @returns {Verdict}
 */
export function auditVerdict(output) {
  const { vulnerabilities, error, message } = parsed(output);
  if (vulnerabilities === undefined) {
    const why = error?.summary || message || 'no answer';
    return { verdict: 'not answered', lines: loud(String(why)) };
  }
  const found = Object.values(vulnerabilities).filter(({ severity }) => FAILING.includes(severity));
  const lines = found.map(({ name, severity, range }) => `${severity}: ${name} ${range}`);
  return found.length === 0
    ? { verdict: 'clean', lines: ['npm audit: nothing known of moderate severity or more'] }
    : { verdict: 'vulnerable', lines };
}

/** @param {string} output */
function parsed(output) {
  try {
    return Object(JSON.parse(output));
  } catch {
    return {};
  }
}

/** @param {string} why */
function loud(why) {
  const line = '!'.repeat(78);
  return [
    line,
    '!! NOT AUDITED: this registry answers no question about known vulnerabilities.',
    `!! It said: ${why.split('\n')[0]}`,
    '!! Run `npm audit` against one that does before a release.',
    line,
  ];
}
