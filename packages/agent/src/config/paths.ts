/**
 * What a configuration writes to, path against path: two writers of one file, whatever it is called, lose what the
 * other has written. Looked at before the start, so that it is a problem with a place. Paths begin at the working directory.
 */
import { type BigIntStats, lstatSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { fileSink, type JournalConfig } from '@audit-relay/core';
import { isEmbedded, type NamedJournal } from './journal.ts';
import type { Finding } from './problems.ts';
import type { AgentConfig } from './schema.ts';

/** What is written to, and what must not be. */
export interface Written {
  readonly sinks: AgentConfig['sinks'];
  /** Undefined where a finding was noted. */
  readonly journal: JournalConfig | NamedJournal | undefined;
  /** The configuration itself, and whatever it names to be read. */
  readonly read: readonly string[];
}

/** A `file` sink's path as the system would find it. */
interface FilePath {
  readonly sink: string;
  readonly real: string;
  /** What is kept beside it is named after the path as it is written, and what is there after the link's target. */
  readonly names: readonly string[];
  /** Device and inode, so that a hard link is known; undefined while there is no file. */
  readonly inode: string | undefined;
}

const CHOOSE = 'choose another path';
/** Where no file is a file of its own; `/dev/shm` is a disk in memory. */
const SYSTEM = /^\/(dev(?!\/shm\/)|proc|sys)\//;
/** More links than this are a circle. */
const MOST_LINKS = 40;

/** One finding for each `file` sink whose path is no file, or is somebody else's. */
export function pathFindings({ sinks, journal, read }: Written): readonly Finding[] {
  const before: FilePath[] = [];
  const files = new Set(read.map((path) => realPath(path)));
  const folder = journal === undefined || !isEmbedded(journal) ? undefined : realPath(journal.path);
  return Object.entries(sinks).flatMap(([sink, { plugin, config }]): readonly Finding[] => {
    if (plugin !== fileSink) return [];
    const path = String(Object(config).path);
    const mine = { sink, real: realPath(path), names: namesOf(path), inode: inodeOf(path) };
    const finding =
      notAFile(path, mine) ??
      (folder === undefined ? undefined : meetsJournal(mine, folder)) ??
      (files.has(mine.real) ? taken('this file is read by the configuration') : undefined) ??
      before.map((other) => meetsSink(mine, other)).find((found) => found !== undefined);
    before.push(mine);
    return finding === undefined ? [] : [{ ...finding, path: ['sinks', sink, 'path'] }];
  });
}

type Words = Omit<Finding, 'path'>;

function taken(expected: string, fix: string = CHOOSE): Words {
  return { code: 'CONFIG_PATH_TAKEN', expected, fix };
}

function notAFile(path: string, { real }: FilePath): Words | undefined {
  const code = 'CONFIG_NOT_A_FILE';
  const fix = 'name a file, or use `type: stdout`';
  if (SYSTEM.test(resolve(path)) || SYSTEM.test(real)) return { code, expected: 'this is no file of its own', fix };
  const stats = statsOf(real);
  if (stats === undefined || stats.isFile()) return undefined;
  return { code, expected: `this is ${kindOf(stats)}, not a file`, fix };
}

function kindOf(stats: BigIntStats): string {
  if (stats.isDirectory()) return 'a folder';
  return stats.isFIFO() ? 'a pipe' : 'a device or a socket';
}

function meetsJournal({ names }: FilePath, folder: string): Words | undefined {
  if (names.some((name) => isWithin(name, folder)))
    return taken('the journal is in this folder, and nothing else may write there');
  if (names.some((name) => isWithin(folder, `${name}.ids`)))
    return taken('the journal is where this sink keeps its ids');
  return undefined;
}

function meetsSink(mine: FilePath, other: FilePath): Words | undefined {
  const isSame = mine.real === other.real || (mine.inode !== undefined && mine.inode === other.inode);
  if (isSame) return taken(`sink ${other.sink} writes to this file as well`, 'give each sink a file of its own');
  if (isBeside(mine, other)) return taken(`sink ${other.sink} gives such names to what it keeps beside its file`);
  if (isBeside(other, mine)) return taken(`what this sink keeps beside its file is the file of sink ${other.sink}`);
  return undefined;
}

/** Whether the sink that writes to `file` gives a name of `mine` to what it sets aside, or to its index. */
function isBeside(mine: FilePath, file: FilePath): boolean {
  return file.names.some((kept) =>
    mine.names.some((name) => {
      const ending = name.startsWith(`${kept}.`) ? name.slice(kept.length + 1) : '';
      return /^[1-9]\d*$/.test(ending) || isWithin(name, `${kept}.ids`);
    }),
  );
}

function namesOf(path: string): readonly string[] {
  const whole = resolve(path);
  return [realPath(path), join(realPath(dirname(whole)), basename(whole))];
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder + sep);
}

function inodeOf(path: string): string | undefined {
  const stats = statsOf(path);
  return stats === undefined ? undefined : `${stats.dev}:${stats.ino}`;
}

/** Undefined where there is nothing, or nothing that can be seen: the sink will say why. */
function statsOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true });
  } catch {
    return undefined;
  }
}

/** Links followed as far as there is something, also one that points to what is still to be made. */
function realPath(path: string, links: number = 0): string {
  const whole = resolve(path);
  try {
    return realpathSync(whole);
  } catch {
    const parent = dirname(whole);
    if (parent === whole || links > MOST_LINKS) return whole;
    const target = linkAt(whole);
    return target === undefined ? join(realPath(parent, links), basename(whole)) : realPath(target, links + 1);
  }
}

function linkAt(path: string): string | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? resolve(dirname(path), readlinkSync(path)) : undefined;
  } catch {
    return undefined;
  }
}
