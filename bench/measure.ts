/** What every bench needs: CPU seconds, anonymous memory, medians, and which machine it was. */
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';

/** CPU time of this process, all threads, user and system, in seconds. */
export async function cpuSeconds(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/**
 * Memory of this process in MB: what it holds itself, and the journal's mapped pages, which the
 * kernel takes back when it needs them; and the most of both that it ever had. From Linux's /proc/self/status.
 */
export function memoryMb(): { readonly anon: number; readonly file: number; readonly maxRss: number } {
  const status = readFileSync('/proc/self/status', 'utf8');
  const kb = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? Number.NaN);
  return { anon: kb('RssAnon') / 1000, file: kb('RssFile') / 1000, maxRss: kb('VmHWM') / 1000 };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error('no values');
  return middle;
}

/** For the head of a results file. */
export function machine(): string {
  const gib = (totalmem() / 2 ** 30).toFixed(0);
  return [
    `date     ${new Date().toISOString()}`,
    `machine  ${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, ${gib} GiB, ${process.platform} ${release()}`,
    `node     ${process.version}`,
  ].join('\n');
}

/** `12,345` */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
