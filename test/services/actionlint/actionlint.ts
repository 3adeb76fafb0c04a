/** actionlint, which judges workflows of GitHub Actions, built from its Go module. */
import { fileURLToPath } from 'node:url';
import { goBinary } from '../go.ts';

// Compiled, this file stands in `test/dist`; the module has stayed where it is.
const MODULE = fileURLToPath(new URL('.', import.meta.url)).replace('/dist/', '/');

/** Its file; half a minute the first time on a machine. @throws Error where Go is missing. */
export function actionlint(): Promise<string> {
  return goBinary({ name: 'actionlint-1.7.12', module: MODULE, package: 'github.com/rhysd/actionlint/cmd/actionlint' });
}
