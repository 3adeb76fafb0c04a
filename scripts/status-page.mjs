/**
 * Builds the status page of the agent, `packages/agent/page`, into `packages/agent/dist/page`, from which the agent serves it.
 * A no-op when nothing that goes into it has changed. What it is built with is needed by nobody who runs the agent.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './run.mjs';
import { BUNDLED, packagesAmong } from './supply.mjs';

const AGENT = join(ROOT, 'packages/agent');
const SOURCE = join(AGENT, 'page');
const OUT = join(AGENT, 'dist/page');
/** Says what the page in `OUT` was made of. */
const STAMP = join(ROOT, 'node_modules/.cache/status-page.sha256');
/** What of the agent's own source goes into it. */
const OF_AGENT = [join(AGENT, 'src/http/status-page/history.ts'), join(AGENT, 'src/errors-page.ts')];
/** Their code goes into it, and so do their licences; the bill of materials names the same. */
const LIBRARIES = BUNDLED.get('packages/agent') ?? [];

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await buildStatusPage();

/** @returns {Promise<void>} Rejects with what is wrong in the source, or where it holds code of a library that is not among those. */
export async function buildStatusPage() {
  const digest = digestOfSource();
  if (existsSync(join(OUT, 'index.html')) && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === digest) return;
  // Loaded only where there is something to build: it takes longer than all the rest.
  const { build } = await import('vite');
  await build({
    root: SOURCE,
    configFile: false,
    // The page also works behind a proxy that puts it under a path.
    base: './',
    logLevel: 'error',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    plugins: [{ name: 'libraries', buildEnd: refuseOthers }],
    build: {
      outDir: OUT,
      emptyOutDir: true,
      target: 'es2023',
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
    },
  });
  writeFileSync(join(OUT, 'licences.txt'), licences());
  mkdirSync(dirname(STAMP), { recursive: true });
  writeFileSync(STAMP, digest);
}

/**
 * Of what is in the page, as the bundler calls it.
 *
 * @this {{ getModuleIds(): IterableIterator<string> }}
 */
function refuseOthers() {
  const held = packagesAmong([...this.getModuleIds()]);
  if (held.join() === LIBRARIES.join()) return;
  throw new Error(`the status page holds code of ${held.join(', ')}: scripts/supply.mjs has ${LIBRARIES.join(', ')}`);
}

function digestOfSource() {
  const hash = createHash('sha256');
  const files = readdirSync(SOURCE, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .toSorted();
  const others = [
    import.meta.filename ?? join(ROOT, 'scripts/status-page.mjs'),
    join(ROOT, 'scripts/supply.mjs'),
    join(AGENT, 'package.json'),
    ...OF_AGENT,
  ];
  for (const file of [...files, ...others]) hash.update(`${file.slice(ROOT.length)}\n`).update(readFileSync(file));
  return hash.digest('hex');
}

function licences() {
  const texts = LIBRARIES.map((name) => {
    const folder = [join(AGENT, 'node_modules', name), join(ROOT, 'node_modules', name)].find((one) => existsSync(one));
    const { version } = JSON.parse(readFileSync(join(folder ?? '', 'package.json'), 'utf8'));
    return `${name} ${version}\n\n${readFileSync(join(folder ?? '', 'LICENSE'), 'utf8').trim()}\n`;
  });
  return `The status page holds code of these libraries.\n\n${texts.join('\n\n')}`;
}
