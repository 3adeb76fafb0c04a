/**
 * Files that are watched by what they are, not by a handle on them: whoever replaces one by a rename, swaps a symlink beside
 * it as Kubernetes does, or writes to it over the network, is noticed. The system's events say so at once; where there are
 * none (NFS, some mounts, too many watches) a look at the files every few seconds does.
 */
import { type FSWatcher, realpathSync, statSync, watch } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { Log } from '@audit-relay/core';

/** Between two looks without an event, in milliseconds. */
const LOOK_MS = 5_000;
/** Events of one change come in a row: one look is for all of them. */
const GATHER_MS = 100;

export interface WatchOptions {
  /** Called when one of the files may be another, or none. */
  changed(): void;
  readonly log: Log;
  /** Another time between two looks. */
  readonly lookMs?: number;
}

export interface Watch {
  /** From now on these files; what was seen of them before still counts. */
  files(paths: readonly string[]): void;
  close(): void;
}

/** Holds no process open, and throws nothing: a folder that cannot be watched is a line in the log. */
export function watchFiles({ changed, log, lookMs = LOOK_MS }: WatchOptions): Watch {
  let watched: readonly string[] = [];
  let seen = new Map<string, string>();
  let watchers = new Map<string, FSWatcher>();
  let gathering: NodeJS.Timeout | undefined;

  const look = (): void => {
    gathering = undefined;
    const now = new Map(watched.map((path) => [path, formOf(path)]));
    const isOther = watched.some((path) => now.get(path) !== seen.get(path));
    seen = now;
    if (!isOther) return;
    rewatch();
    changed();
  };
  const lookSoon = (): void => {
    gathering ??= setTimeout(look, GATHER_MS).unref();
  };
  const timer = setInterval(look, lookMs).unref();

  const rewatch = (): void => {
    const names = new Set(watched.map((path) => basename(path)));
    const folders = new Set(watched.flatMap(foldersOf));
    for (const [folder, watcher] of watchers) if (!folders.has(folder)) watcher.close();
    const kept = [...watchers].filter(([folder]) => folders.has(folder));
    watchers = new Map(kept);
    for (const folder of folders) {
      if (watchers.has(folder)) continue;
      const blind = (error: unknown): void => {
        watchers.delete(folder);
        const fields = { folder, reason: String(error) };
        log('warn', 'SECRETS_NOT_WATCHED', `changes here are seen after ${lookMs / 1_000} s, not at once`, fields);
      };
      // A folder may hold files that are written all the time. `..data` is what Kubernetes swaps.
      const onEvent = (_event: string, name: string | null): void => {
        if (name === null || names.has(name) || name.startsWith('..')) lookSoon();
      };
      try {
        watchers.set(folder, watch(folder, { persistent: false }, onEvent).on('error', blind));
      } catch (error) {
        blind(error);
      }
    }
  };
  return {
    files: (paths) => {
      const next = [...new Set(paths.map((path) => resolve(path)))];
      for (const path of next) if (!seen.has(path)) seen.set(path, formOf(path));
      watched = next;
      rewatch();
    },
    close: () => {
      clearInterval(timer);
      clearTimeout(gathering);
      for (const watcher of watchers.values()) watcher.close();
      watchers.clear();
    },
  };
}

/** The one that it is named in, and the one that it is in behind all links. */
function foldersOf(path: string): readonly string[] {
  try {
    return [dirname(path), dirname(realpathSync(path))];
  } catch {
    return [dirname(path)];
  }
}

/** Another text where a file is another one, or was written to. */
function formOf(path: string): string {
  try {
    const { dev, ino, size, mtimeMs, ctimeMs } = statSync(path);
    return [dev, ino, size, mtimeMs, ctimeMs].join(' ');
  } catch (error) {
    return String(Object(error).code);
  }
}
