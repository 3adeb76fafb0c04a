/** Servers that are had as Go modules: built by this machine's Go, so that its mirrors and proxies hold. */
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cached } from './cache.ts';
import { runCommand } from './command.ts';

export interface GoOrder {
  /** `victorialogs-1.52.2`: the start of the folder's name. */
  readonly name: string;
  /** A folder with `go.mod`, `go.sum` and a `tools.go` that imports the package, so that its version is pinned. */
  readonly module: string;
  /** What to build. */
  readonly package: string;
  /** Build tags. */
  readonly tags?: readonly string[];
  /** The name of the file; default: the last part of the package. */
  readonly file?: string;
  /** Values of its variables, which its own makers set when they build it: `k8s.io/component-base/version.gitMajor`. */
  readonly variables?: Readonly<Record<string, string>>;
}

const FILES = ['go.mod', 'go.sum', 'tools.go'];

/** The path of the built file; the first time on a machine this takes minutes. @throws Error where Go is missing or too old. */
export async function goBinary({ name, module, package: wanted, ...order }: GoOrder): Promise<string> {
  const file = order.file ?? wanted.split('/').at(-1) ?? '';
  const { tags = [] } = order;
  const set = Object.entries(order.variables ?? {}).map(([name, value]) => `-X ${name}=${value}`);
  const linking = set.length === 0 ? [] : [`-ldflags=${set.join(' ')}`];
  const folder = await cached({
    name,
    ingredients: [...FILES.map((each) => readFileSync(join(module, each), 'utf8')), ...tags, ...linking],
    build: async (target) => {
      await mustHaveGo();
      const source = join(target, 'source');
      mkdirSync(source);
      for (const each of FILES) copyFileSync(join(module, each), join(source, each));
      // Without an archive of versions around it, which Go would otherwise ask for one.
      const tagging = tags.length === 0 ? [] : [`-tags=${tags.join(',')}`];
      const flags = ['-buildvcs=false', '-mod=readonly', ...tagging, ...linking];
      const args = ['build', ...flags, '-o', join(target, file), wanted];
      await runCommand({ file: 'go', args, cwd: source, env: { GOFLAGS: '', GOWORK: 'off', CGO_ENABLED: '0' } });
    },
  });
  return join(folder, file);
}

/** How old it may be, each module says itself. */
async function mustHaveGo(): Promise<void> {
  try {
    await runCommand({ file: 'go', args: ['version'] });
  } catch (error) {
    throw new Error('no Go: install Go 1.26.5 or newer and put it on PATH', { cause: error });
  }
}
