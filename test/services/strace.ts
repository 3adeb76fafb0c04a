/** strace: the one of this machine, or Debian's package and what it needs, unpacked beside the other servers of tests. */
import { type DebianProgram, debianProgram } from './debian.ts';

/** How to run it: file, and what it wants in its environment. @throws Error where there is none, nor apt. */
export function strace(): Promise<DebianProgram> {
  return debianProgram({ package: 'strace', file: 'usr/bin/strace' });
}
