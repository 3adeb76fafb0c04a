/** Data that is had as a part of a Go module: fetched by Go's own client, so that this machine's mirrors and proxies hold. */
import { tmpdir } from 'node:os';
import { runCommand } from './command.ts';

/** Where the module is unpacked, in Go's own cache. @param module `example.com/a/v2@v2.1.0`. @throws Error without Go or the module. */
export async function goModule(module: string): Promise<string> {
  try {
    // Outside of any module of Go's own.
    const answer = await runCommand({ file: 'go', args: ['mod', 'download', '-json', module], cwd: tmpdir() });
    // A first download is told on stderr as well.
    return JSON.parse(answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1)).Dir;
  } catch (error) {
    throw new Error('no Go, or no module: install Go 1.21 or newer (Debian: golang-go)', { cause: error });
  }
}
