/** The `audit-relay` command as a child process, for the tests of what only a real process can show. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';

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
}

export interface CommandOptions {
  readonly args: readonly string[];
  readonly cwd: string;
  /** Beside PATH, which it always has. */
  readonly env?: Readonly<Record<string, string>>;
}

export function start({ args, cwd, env = {} }: CommandOptions): Running {
  const child = spawn(process.execPath, [bin, ...args], { cwd, env: { PATH: process.env['PATH'], ...env } });
  const texts = { out: '', talk: '' };
  child.stdout.on('data', (chunk) => (texts.out += chunk));
  child.stderr.on('data', (chunk) => (texts.talk += chunk));
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
  return { child, ended, seen };
}

/** Runs one to its end. */
export function run(options: CommandOptions): Promise<Ended> {
  return start(options).ended;
}
