/**
 * What a good `package-lock.json` is, as pure functions over its parsed text.
 *
 * A lockfile written on one platform may lack the optional packages of others: npm leaves out what the
 * registry it talks to does not hold, and `npm ci` then refuses the file everywhere ("Missing: …").
 * Platform packages are named by a fixed pattern and pinned exactly by the package that wants them, so
 * their entries can be derived. The derived ones carry no integrity hash.
 */

/**
 * @typedef {object} LockEntry One package at one place in the tree, as npm writes it (lockfile version 3).
 * @property {string} [version]
 * @property {string} [resolved]
 * @property {string} [integrity]
 * @property {boolean} [link]
 * @property {string} [name] Where it differs from the folder's.
 * @property {boolean} [dev]
 * @property {boolean} [optional]
 * @property {readonly string[]} [os]
 * @property {readonly string[]} [cpu]
 * @property {readonly string[]} [libc]
 * @property {Readonly<Record<string, string>>} [dependencies]
 * @property {Readonly<Record<string, string>>} [optionalDependencies]
 * @property {Readonly<Record<string, string>>} [peerDependencies]
 * @property {Readonly<Record<string, { optional?: boolean }>>} [peerDependenciesMeta]
 *
 * @typedef {Readonly<Record<string, LockEntry>>} LockEntries Keyed by folder: `node_modules/a/node_modules/b`.
 *
 * @typedef {object} Lock
 * @property {LockEntries} packages
 *
 * @typedef {object} Missing An optional package that the lockfile's own entries ask for and do not hold.
 * @property {string} folder Where it belongs in the tree.
 * @property {string} name
 * @property {string} wanted The version or range asked for.
 * @property {boolean} dev Whether only development needs it.
 */

const OS_NAMES = new Map([
  ['android', 'android'],
  ['darwin', 'darwin'],
  ['freebsd', 'freebsd'],
  ['linux', 'linux'],
  ['openharmony', 'openharmony'],
  ['win32', 'win32'],
  ['windows', 'win32'],
]);

const CPU_NAMES = new Map([
  ['64', 'x64'],
  ['x64', 'x64'],
  ['arm64', 'arm64'],
  ['arm', 'arm'],
  ['ia32', 'ia32'],
  ['ppc64', 'ppc64'],
  ['riscv64', 'riscv64'],
  ['s390x', 's390x'],
]);

const LIBC_NAMES = new Map([
  ['gnu', 'glibc'],
  ['gnueabihf', 'glibc'],
  ['musl', 'musl'],
  ['musleabihf', 'musl'],
]);

const EXACT_VERSION = /^\d+\.\d+\.\d+(?:-[\w.]+)?$/;

/**
 * The optional packages that are asked for and absent, sorted by folder.
 *
 * @param {Lock} lock
 * @returns {Missing[]}
 */
export function missingOptional(lock) {
  const missing = Object.entries(lock.packages).flatMap(([parent, entry]) =>
    Object.entries(entry.optionalDependencies ?? {})
      .filter(([name, wanted]) => !satisfied(lock.packages, { parent, name, wanted }))
      .map(([name, wanted]) => ({
        folder: `node_modules/${name}` in lock.packages ? `${parent}/node_modules/${name}` : `node_modules/${name}`,
        name,
        wanted,
        dev: entry.dev === true,
      })),
  );
  return missing.sort((a, b) => byFolder(a.folder, b.folder));
}

/**
 * The same lock with every missing optional package added, in npm's own order of entries.
 *
 * @param {Lock} lock
 * @returns {Lock}
 * @throws {Error} When one is asked for by a range, or its name tells no platform: it cannot be derived.
 */
export function completeLock(lock) {
  const added = missingOptional(lock).map((missing) => [missing.folder, platformEntry(missing)]);
  const packages = { ...lock.packages, ...Object.fromEntries(added) };
  const inOrder = Object.entries(packages).sort(([a], [b]) => byFolder(a, b));
  return { ...lock, packages: Object.fromEntries(inOrder) };
}

/**
 * The folders whose entry names a download address. An address ties the file to one registry.
 *
 * @param {Lock} lock
 * @returns {string[]}
 */
export function downloadAddresses(lock) {
  return Object.entries(lock.packages)
    .filter(([, entry]) => !entry.link && entry.resolved !== undefined)
    .map(([folder]) => folder);
}

/**
 * The packages that npm installs without comparing what it gets with a hash.
 *
 * @param {Lock} lock
 * @returns {{ package: string, isOptional: boolean, isDev: boolean }[]} `package` as `name@version`.
 */
export function withoutIntegrity(lock) {
  return Object.entries(lock.packages)
    .filter(([folder, entry]) => folder.includes('node_modules/') && !entry.link && entry.integrity === undefined)
    .map(([folder, { version, optional, dev }]) => ({
      package: `${folder.replace(/^.*node_modules\//, '')}@${version}`,
      isOptional: optional === true,
      isDev: dev === true,
    }));
}

const BEGIN = '<!-- without a hash: written by `npm run lock` -->';
const END = '<!-- end -->';

/**
 * The page that names each of them, with the list as it is now.
 *
 * @param {string} page
 * @param {Lock} lock
 * @returns {string}
 * @throws {Error} When the page has no place for the list, or one that is always installed has no hash.
 */
export function listedWithoutIntegrity(page, lock) {
  const entries = withoutIntegrity(lock);
  const required = entries.filter(({ isOptional }) => !isOptional);
  if (required.length > 0) throw new Error(`no integrity: ${required.map((entry) => entry.package).join(', ')}`);
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`the page lacks ${BEGIN} … ${END}`);
  const rows = entries.map((entry) => `- \`${entry.package}\`${entry.isDev ? '' : ', of the product'}`);
  return `${before}${BEGIN}\n\n${rows.join('\n')}\n\n${END}${after}`;
}

/**
 * Whether a tree that npm has installed holds all that the lockfile asks for. Optional packages are left
 * out of the comparison: which of them are there depends on the platform.
 *
 * @param {Lock} lock
 * @param {Lock} installed npm's own record, `node_modules/.package-lock.json`.
 * @returns {boolean}
 */
export function isInstalled(lock, installed) {
  return Object.entries(lock.packages)
    .filter(([folder, entry]) => folder.includes('node_modules/') && !entry.optional)
    .every(([folder, entry]) => {
      const found = installed.packages[folder];
      // A link to a workspace has no version.
      return found !== undefined && found.version === entry.version;
    });
}

/**
 * @param {LockEntries} packages
 * @param {{ parent: string, name: string, wanted: string }} dependency
 */
function satisfied(packages, { parent, name, wanted }) {
  const found = packages[folderOf(packages, parent, name) ?? ''];
  return found !== undefined && (!EXACT_VERSION.test(wanted) || found.version === wanted);
}

/**
 * Node's own search: the nearest `node_modules` upwards from the package that asks.
 *
 * @param {LockEntries} packages
 * @param {string} parent
 * @param {string} name
 */
export function folderOf(packages, parent, name) {
  const parts = parent === '' ? [] : parent.split('/');
  for (let length = parts.length; length >= 0; length -= 1) {
    const folder = [...parts.slice(0, length), 'node_modules', name].join('/');
    if (packages[folder]) return folder;
  }
  return undefined;
}

/** @param {Missing} missing */
function platformEntry({ name, wanted, dev }) {
  const words = name.replace(/^.*\//, '').split('-');
  const os = firstKnown(words, OS_NAMES);
  const cpu = firstKnown(words, CPU_NAMES);
  if (!os || !cpu || !EXACT_VERSION.test(wanted)) {
    throw new Error(`${name}@${wanted}: no platform can be read from this name. Add its entry by hand.`);
  }
  const libc = os === 'linux' ? firstKnown(words, LIBC_NAMES) : undefined;
  return {
    version: wanted,
    cpu: [cpu],
    ...(dev ? { dev: true } : {}),
    ...(libc ? { libc: [libc] } : {}),
    optional: true,
    os: [os],
  };
}

/**
 * @param {readonly string[]} words
 * @param {ReadonlyMap<string, string>} names
 */
function firstKnown(words, names) {
  const word = words.find((candidate) => names.has(candidate));
  return word === undefined ? undefined : names.get(word);
}

/**
 * npm sorts the entries as English text, so that the next `npm install` moves no line.
 *
 * @param {string} a
 * @param {string} b
 */
function byFolder(a, b) {
  return a.localeCompare(b, 'en');
}
