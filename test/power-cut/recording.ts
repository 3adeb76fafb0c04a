/**
 * What a process wrote to one file, and when that was surely on disk, recorded by strace: from it every state in which a
 * power cut may leave the file can be made. For whoever wants to cut the power under a relay:
 *
 *   const recording = await record([script, …], { data: '/…/data.mdb', promises: '/…/promises', scratch: '/…' });
 *   writeFileSync(path, fileAfter(recording, { at: 120, draw }));   // then start again on it
 *
 * After a cut everything is there that was written before the last sync, and of what was written since each page or not.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../services/command.ts';
import { strace } from '../services/strace.ts';
import { bytesIn, type Call, callsIn } from './calls.ts';

export type Step =
  /** `isDurable`: through a file that was opened so that each write waits for the disk, as LMDB's meta pages are. */
  | { readonly kind: 'write'; readonly at: number; readonly bytes: Buffer; readonly isDurable: boolean }
  | { readonly kind: 'sync' }
  /** A line of the file of promises: from now on it must hold. */
  | { readonly kind: 'promise'; readonly text: string };

/** In the order in which they ended. */
export type Recording = readonly Step[];

export interface Recorded {
  /** Absolute. */
  readonly data: string;
  readonly promises: string;
  /** For strace's own lines; removed by whoever gave it. */
  readonly scratch: string;
}

const CALLS = 'trace=openat,lseek,pwrite64,pwritev,write,writev,fdatasync,fsync,msync,ftruncate';
export const STRACE_OPTIONS: readonly string[] = [
  '-f',
  '-y',
  '-xx',
  '-s',
  '16777216',
  '-e',
  CALLS,
  '-e',
  'signal=none',
];

/** Runs `node` to its end. @throws Error when it fails, or there is no strace */
export async function record(args: readonly string[], { data, promises, scratch }: Recorded): Promise<Recording> {
  const log = join(scratch, 'strace');
  const { file, env } = await strace();
  await runCommand({ file, args: [...STRACE_OPTIONS, '-o', log, process.execPath, ...args], ...(env && { env }) });
  return stepsIn(readFileSync(log, 'latin1'), { data, promises });
}

/** @param text of strace, with the options of `record`. */
export function stepsIn(text: string, { data, promises }: Pick<Recorded, 'data' | 'promises'>): Recording {
  const file = new DataFile();
  return [...callsIn(text)].flatMap((call): readonly Step[] => {
    if (call.path === promises && call.name === 'write')
      return [{ kind: 'promise', text: bytesIn(call.rest).toString().trim() }];
    return call.path === data ? file.stepsOf(call) : [];
  });
}

/** The calls on one file, which is opened more than once. */
class DataFile {
  /** Numbers under which it was opened with O_DSYNC. */
  readonly #durable = new Set<string>();
  /** By number: where the next plain write goes. LMDB writes neighbouring pages so. */
  readonly #places = new Map<string, number>();

  stepsOf({ name, number, rest, result }: Call): readonly Step[] {
    switch (name) {
      case 'openat':
        if (/O_D?SYNC/.test(rest)) this.#durable.add(number);
        else this.#durable.delete(number);
        return [];
      case 'lseek':
        this.#places.set(number, result);
        return [];
      case 'fdatasync':
      case 'fsync':
        return [{ kind: 'sync' }];
      case 'pwrite64':
      case 'pwritev':
        // No result: the process was killed in it, and as of all that no sync follows, each page may be there.
        return [this.#write(number, Number(/, (\d+)\) += (?:\d+|\?)$/.exec(rest)?.[1]), rest)];
      case 'write':
      case 'writev': {
        const at = this.#places.get(number) ?? Number.NaN;
        this.#places.set(number, at + result);
        return [this.#write(number, at, rest)];
      }
      default:
        throw new Error(`${name} of the data is not understood`);
    }
  }

  #write(number: string, at: number, rest: string): Step {
    if (!Number.isInteger(at)) throw new Error('nobody knows where it is written');
    return { kind: 'write', at, bytes: bytesIn(rest), isDurable: this.#durable.has(number) };
  }
}

/** Where the power is cut: after so many steps. `draw` gives a whole number below the one that it is given. */
export interface Cut {
  readonly at: number;
  /** What the file held before the first step; absent: nothing. */
  readonly before?: Buffer;
  draw(below: number): number;
}

const PAGE_BYTES = 4096;

/** The file after a cut: of what no sync has followed each page is there or not, by chance; one may be torn in its middle. */
export function fileAfter(recording: Recording, { at, before = Buffer.alloc(0), draw }: Cut): Buffer {
  const steps = recording.slice(0, at);
  const synced = steps.findLastIndex(({ kind }) => kind === 'sync');
  const writes = steps.flatMap((step, index) =>
    step.kind === 'write' ? [{ ...step, isSafe: index < synced || step.isDurable }] : [],
  );
  const size = writes.reduce((most, write) => Math.max(most, write.at + write.bytes.length), before.length);
  const file = Buffer.alloc(size);
  before.copy(file);
  for (const { at: place, bytes, isSafe } of writes) {
    if (isSafe) bytes.copy(file, place);
    else
      for (let from = 0; from < bytes.length; from += PAGE_BYTES) {
        const kept = [0, PAGE_BYTES / 2, PAGE_BYTES, PAGE_BYTES][draw(4)] ?? 0;
        bytes.copy(file, place + from, from, Math.min(bytes.length, from + kept));
      }
  }
  return file;
}
