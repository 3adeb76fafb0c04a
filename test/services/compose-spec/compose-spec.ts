/** The loader of the compose specification, which `docker compose config` stands on, built from its Go module: it needs no Docker. */
import { fileURLToPath } from 'node:url';
import { goBinary } from '../go.ts';

// Compiled, this file stands in `test/dist`; the module has stayed where it is.
const MODULE = fileURLToPath(new URL('.', import.meta.url)).replace('/dist/', '/');

/**
 * Its file, which prints the whole model of a compose file or says what is wrong with it; half a minute the first time on
 * a machine. @throws Error where Go is missing.
 */
export function composeSpec(): Promise<string> {
  const order = { name: 'compose-spec-2.16.2', module: MODULE, file: 'compose-spec' };
  return goBinary({ ...order, package: 'github.com/compose-spec/compose-go/v2/cmd' });
}
