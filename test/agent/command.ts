/** The `audit-relay` command as a child process, for the tests of what only a real process can show. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

// By its name, as this file is run as it stands and compiled, in another folder.
const bin = join(createRequire(import.meta.url).resolve('audit-relay/package.json'), '../bin/audit-relay.js');

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly out: string;
  readonly talk: string;
}

export interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;
  /** The first match in what it has written to stderr, or will. Rejects when it ends without one. */
  seen(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves when so many lines of stderr had the text, from now on. Rejects when it ends before. */
  lines(text: string, times: number): Promise<void>;
}

export interface CommandOptions {
  readonly args: readonly string[];
  readonly cwd: string;
  /** Beside PATH, which it always has. */
  readonly env?: Readonly<Record<string, string>>;
  /** A module that is loaded before the command; with it there is a channel for `child.send`. */
  readonly preload?: string;
  /** The file that stderr goes to, as by `2>>`; absent: it is read here. */
  readonly log?: string;
}

export function start({ args, cwd, env = {}, preload, log }: CommandOptions): Running {
  const logFile = log === undefined ? undefined : openSync(log, 'a');
  const first = preload === undefined ? [] : ['--import', preload];
  const child = spawn(process.execPath, [...first, bin, ...args], {
    cwd,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['pipe', 'pipe', logFile ?? 'pipe', ...(preload === undefined ? [] : ['ipc' as const])],
    // Three pipes are asked for, but for stderr where it goes to a file: then nothing below reads it.
  }) as ChildProcessWithoutNullStreams;
  if (logFile !== undefined) closeSync(logFile);
  const texts = { out: '', talk: '' };
  child.stdout.on('data', (chunk) => (texts.out += chunk));
  child.stderr?.on('data', (chunk) => (texts.talk += chunk));
  const ended = new Promise<Ended>((resolve) => child.on('close', (code) => resolve({ code, ...texts })));
  const seen = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = pattern.exec(texts.talk);
        if (found !== null) resolve(found);
      };
      child.stderr.on('data', look);
      child.on('close', (code) => reject(new Error(`ended with ${code} before ${pattern}: ${texts.talk}`)));
      look();
    });
  const lines = (wanted: string, times: number): Promise<void> =>
    new Promise((resolve, reject) => {
      let left = times;
      createInterface({ input: child.stderr }).on('line', (line) => {
        if (line.includes(wanted)) left -= 1;
        if (left === 0) resolve();
      });
      ended.then(({ code, talk }) => {
        reject(new Error(`ended with ${code} before ${wanted}, time ${times}: ${talk.slice(-2_000)}`));
      }, reject);
    });
  return { child, ended, seen, lines };
}

/** Runs one to its end. */
export function run(options: CommandOptions): Promise<Ended> {
  return start(options).ended;
}
