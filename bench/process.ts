/** What another process takes, by Linux's /proc. */
import { readFileSync } from 'node:fs';

/** In bytes; `anon` is what no file stands behind. */
export interface Memory {
  readonly rss: number;
  readonly anon: number;
}

export function memoryOf(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const of = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? Number.NaN) * 1_024;
  return { rss: of('VmRSS'), anon: of('RssAnon') };
}

/** User and system time, in milliseconds; the kernel counts in hundredths of a second. */
export function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** `97.9 MB` */
export function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
