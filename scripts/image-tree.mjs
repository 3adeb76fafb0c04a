/**
 * The files of the image, which `deploy/image/Dockerfile` copies and a test runs without any engine:
 *
 *     node scripts/image-tree.mjs --out /tree --arch arm64
 *
 * makes one folder a layer, each laid over the root: `relay` (the agent, with the launcher and the bill of materials),
 * one a sink, and `simulator`. What comes from the registry is installed for that architecture by the lockfile, what is
 * ours is what its package publishes. The workspace must be built.
 */
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { isForRunning, layersOf, placeInImage, withoutMapComment } from './image-layers.mjs';
import { ROOT, run } from './run.mjs';
import { billOf, neededBy } from './supply.mjs';

/** By Docker's name (`TARGETARCH`), Node's. */
const ARCHITECTURES = new Map([
  ['amd64', 'x64'],
  ['arm64', 'arm64'],
]);
const NODE = '/usr/local/bin/node';
const APP = 'app';
/** Run by the kernel from their first line, as the image has no shell and no `env`. */
const LAUNCHERS = new Map([
  ['relay', { file: 'usr/local/bin/audit-relay', program: 'audit-relay/bin/audit-relay.js' }],
  [
    'simulator',
    { file: 'usr/local/bin/openai-simulator', program: '@audit-relay/openai-simulator/bin/openai-simulator.js' },
  ],
]);

// Whoever runs the image is neither the user nor of the group that made it.
process.umask(0o022);
const here = process.arch === 'x64' ? 'amd64' : process.arch;
const { values } = parseArgs({ options: { out: { type: 'string' }, arch: { type: 'string', default: here } } });
const cpu = ARCHITECTURES.get(values.arch);
if (values.out === undefined || cpu === undefined) {
  console.error(`image-tree --out <folder> [--arch ${[...ARCHITECTURES.keys()].join('|')}]`);
  process.exit(2);
}
const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
const scratch = mkdtempSync(join(tmpdir(), 'audit-relay-image-'));
try {
  build(values.out, cpu);
} finally {
  rmSync(scratch, { recursive: true });
}

/**
 * @param {string} out
 * @param {string} cpu
 */
function build(out, cpu) {
  const layers = layersOf(lock);
  install(cpu);
  const published = publishedFiles(layers.flatMap(({ folders }) => folders));
  for (const { name, folders } of layers) {
    const root = join(out, name);
    for (const folder of folders) {
      const target = join(root, APP, placeInImage(lock, folder));
      const files = published.get(folder);
      if (files !== undefined) copyFiles({ from: join(ROOT, folder), to: target, files });
      else copyForeign(join(scratch, folder), target);
    }
    launch(root, name);
  }
  writeFileSync(join(out, 'relay', APP, 'sbom.cdx.json'), bill(layers.filter(({ name }) => name !== 'simulator')));
}

/**
 * What the lockfile says, without a tool and for another machine than this one.
 *
 * @param {string} cpu
 */
function install(cpu) {
  for (const file of ['package.json', 'package-lock.json', '.npmrc']) cpSync(join(ROOT, file), join(scratch, file));
  for (const name of readdirSync(join(ROOT, 'packages'))) {
    cpSync(join(ROOT, 'packages', name, 'package.json'), join(scratch, 'packages', name, 'package.json'));
  }
  const platform = ['--os=linux', `--cpu=${cpu}`, '--libc=glibc'];
  npm([
    'ci',
    '--prefix',
    scratch,
    '--omit=dev',
    '--ignore-scripts',
    '--prefer-offline',
    '--loglevel=error',
    ...platform,
  ]);
}

/**
 * What `npm publish` would send of each of ours.
 *
 * @param {readonly string[]} folders
 * @returns {ReadonlyMap<string, readonly string[]>} Folder → files.
 */
function publishedFiles(folders) {
  const ours = [...new Set(folders.filter((folder) => /^packages\/[^/]+$/.test(folder)))];
  const packs = JSON.parse(
    npm(['pack', '--dry-run', '--json', '--ignore-scripts', ...ours.flatMap((one) => ['-w', one])]),
  );
  return new Map(
    ours.map((folder) => {
      const { files } = packs.find((/** @type {{ name: string }} */ { name }) => name === lock.packages[folder].name);
      return [folder, files.map((/** @type {{ path: string }} */ { path }) => path)];
    }),
  );
}

/**
 * The package alone: what is installed inside of it has a place of its own in the lockfile.
 *
 * @param {string} from Absent for a package of another platform.
 * @param {string} to
 */
function copyForeign(from, to) {
  const files = filesIn(from).filter((path) => !path.split('/').includes('node_modules'));
  copyFiles({ from, to, files });
}

/** @param {string} folder */
function filesIn(folder) {
  try {
    const found = readdirSync(folder, { recursive: true, withFileTypes: true });
    return found.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name).slice(folder.length + 1));
  } catch {
    return [];
  }
}

/** @param {{ from: string, to: string, files: readonly string[] }} order */
function copyFiles({ from, to, files }) {
  for (const file of files.filter(isForRunning)) {
    const source = join(from, file);
    const target = join(to, file);
    mkdirSync(dirname(target), { recursive: true });
    if (/\.[cm]?js$/.test(file)) writeFileSync(target, withoutMapComment(readFileSync(source, 'utf8')));
    else cpSync(source, target);
    // Whoever unpacked it may have had another umask than the one that runs it needs.
    chmodSync(target, (statSync(source).mode & 0o100) === 0 ? 0o644 : 0o755);
  }
}

/**
 * @param {string} root
 * @param {string} name
 */
function launch(root, name) {
  const launcher = LAUNCHERS.get(name);
  if (launcher === undefined) return;
  const path = join(root, launcher.file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!${NODE}\nimport('/${APP}/node_modules/${launcher.program}');\n`);
  chmodSync(path, 0o755);
}

/** @param {readonly import('./image-layers.mjs').Layer[]} layers */
function bill(layers) {
  const ours = layers.flatMap(({ folders }) => folders).filter((folder) => /^packages\/[^/]+$/.test(folder));
  const all = npm(['sbom', '--sbom-format=cyclonedx', '--package-lock-only']);
  return `${JSON.stringify(billOf(JSON.parse(all), neededBy(lock, ours)), undefined, 2)}\n`;
}

/** @param {readonly string[]} args */
function npm(args) {
  const { exitCode, output } = run(['npm', ...args], ['ignore', 'pipe', 'inherit']);
  if (exitCode !== 0) throw new Error(`npm ${args[0]} failed`);
  return output;
}
