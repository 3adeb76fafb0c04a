/** Which package stands in which layer of the image, and which of its files, as pure functions over the lockfile's text. */
import { foldersNeededBy } from './supply.mjs';

/**
 * @typedef {import('./lockfile.mjs').Lock} Lock
 *
 * @typedef {object} Layer
 * @property {string} name `relay`, `sink-kafka`, `simulator`: the folder that the Dockerfile copies.
 * @property {readonly string[]} folders Places in the workspace: `packages/core`, `node_modules/zod`.
 */

/** What others need, and nothing to run by itself. */
const NO_SINKS = ['packages/sink', 'packages/sink-http', 'packages/sink-testkit'];
const AGENT = 'packages/agent';
const SIMULATOR = 'packages/openai-simulator';

/**
 * The relay with all that it needs; then one layer a sink, with what no earlier layer has; and the simulator, which
 * stands alone in an image of its own.
 *
 * @param {Lock} lock
 * @returns {readonly Layer[]}
 */
export function layersOf(lock) {
  const relay = foldersNeededBy(lock, [AGENT]);
  const taken = new Set(relay);
  const sinks = sinksOf(lock).map((folder) => {
    const added = [...foldersNeededBy(lock, [folder])].filter((one) => !taken.has(one));
    for (const one of added) taken.add(one);
    return { name: folder.replace('packages/', ''), folders: added };
  });
  return [
    { name: 'relay', folders: [...relay] },
    ...sinks,
    { name: 'simulator', folders: [...foldersNeededBy(lock, [SIMULATOR])] },
  ].map(({ name, folders }) => ({ name, folders: folders.toSorted() }));
}

/** @param {Lock} lock */
function sinksOf({ packages }) {
  const folders = Object.keys(packages).filter((folder) => /^packages\/sink-[^/]+$/.test(folder));
  return folders.filter((folder) => !NO_SINKS.includes(folder)).toSorted();
}

/**
 * Where a place of the workspace is in the image: a package of ours stands beside the others, and not behind a link.
 *
 * @param {Lock} lock
 * @param {string} folder
 */
export function placeInImage({ packages }, folder) {
  const [, ours = ''] = /^(packages\/[^/]+)/.exec(folder) ?? [];
  return ours === '' ? folder : folder.replace(ours, `node_modules/${packages[ours]?.name ?? ''}`);
}

/** Types, source maps, sources in C, and libraries for musl, which the image has not. */
const NOT_FOR_RUNNING =
  /(\.[cm]?ts|\.map|\.flow|\.tsbuildinfo|\.c|\.cc|\.cpp|\.h|\.gypi?|\.musl\.node|\.(test|spec)\.[cm]?js)$/i;
/** First folders of a package that only its authors use. */
const FOR_AUTHORS = [
  'test',
  'tests',
  '__tests__',
  'bench',
  'benchmark',
  'benchmarks',
  'example',
  'examples',
  '.github',
];
const MANUAL = /\.md$/i;
/** These say under which terms a package may be handed on, and so they stay. */
const TERMS = /^(licen[cs]e|notice|copying|copyright)/i;

/**
 * Whether a file of a package has a part in running it, or must go with it.
 *
 * @param {string} path Relative to the package.
 */
export function isForRunning(path) {
  const [first = '', ...rest] = path.split('/');
  const name = rest.at(-1) ?? first;
  if (rest.length > 0 && FOR_AUTHORS.includes(first)) return false;
  return !NOT_FOR_RUNNING.test(name) && (TERMS.test(name) || !MANUAL.test(name));
}

/**
 * A program's text without the comment that names a source map, which is not there.
 *
 * @param {string} text
 */
export function withoutMapComment(text) {
  return text.replace(/^\/\/[#@] sourceMappingURL=(?!data:).*$\n?/gm, '');
}
