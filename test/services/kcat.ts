/**
 * kcat, the command line reader of Kafka on librdkafka: the one of this machine, or Debian's package and what it needs,
 * unpacked beside the other servers of tests.
 */
import { type DebianProgram, debianProgram } from './debian.ts';

/** How to run it: file, and what it wants in its environment. @throws Error where there is none, nor apt. */
export function kcat(): Promise<DebianProgram> {
  return debianProgram({ package: 'kcat', file: 'usr/bin/kcat' });
}
