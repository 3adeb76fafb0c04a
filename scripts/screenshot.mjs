/**
 * `npm run screenshot`: takes the pictures of the status page that README.md shows, of a running agent with a simulated API,
 * and puts them into docs/images. `--out <folder>` puts them elsewhere, `--whole` takes all of the page, `--seconds <n>` lets the
 * charts fill for so long.
 */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runnerImport } from 'vite';
import { prepare } from './prepare.mjs';
import { ROOT } from './run.mjs';

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: join(ROOT, 'docs/images') },
    seconds: { type: 'string', default: '180' },
    whole: { type: 'boolean', default: false },
  },
});
if (!prepare()) process.exit(1);
const out = resolve(values.out);
mkdirSync(out, { recursive: true });
const { module } = await runnerImport(join(ROOT, 'test/status-page/picture.ts'));
await module.takePictures(out, Number(values.seconds), values.whole);
