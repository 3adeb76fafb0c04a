/** Helm, built from its Go module. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../command.ts';
import { goBinary } from '../go.ts';

// Compiled, this file stands in `test/dist`; the modules have stayed where they are.
export const MODULES: string = fileURLToPath(new URL('.', import.meta.url)).replace('/dist/', '/');
/** What a Helm that is built this way does not know by itself. */
export const KUBERNETES_VERSION = '1.37.2';

/** Runs `helm` to its end and gives what it printed. @throws Error with all of it when it fails. */
export type Helm = (args: readonly string[], env?: Readonly<Record<string, string>>) => Promise<string>;

/** Its file; the first time on a machine this takes minutes. @throws Error where Go is missing. */
export function helmFile(): Promise<string> {
  return goBinary({ name: 'helm-3.22.0', module: join(MODULES, 'helm'), package: 'helm.sh/helm/v3/cmd/helm' });
}

/** As `helmFile`. */
export async function helm(): Promise<Helm> {
  const file = await helmFile();
  return (args, env = {}) => runCommand({ file, args, env });
}
