/**
 * The built command in a process of its own, which writes its log into a file: each line is there before the next step is done,
 * also when the process is killed. Where the power is to be cut, strace writes down what goes to the journal's data.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { STRACE_OPTIONS } from '../power-cut/recording.ts';
import { strace } from '../services/strace.ts';

// By its name, as this file is run as it stands and compiled, in another folder.
const bin = join(createRequire(import.meta.url).resolve('audit-relay/package.json'), '../bin/audit-relay.js');
const LOOK_MS = 10;

export interface RelayOptions {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Modules that are loaded before the command. */
  readonly preload: string;
  /** File of its log; made, or made empty. */
  readonly talk: string;
  /** Absent: nothing is written down. */
  readonly recorded?: { readonly data: string; readonly log: string };
}

export class RelayProcess {
  readonly child: ChildProcess;
  /** With the code; null when a signal ended it. */
  readonly ended: Promise<number | null>;
  readonly #file: number;
  readonly #tracer: () => number;
  #read = 0;
  #text = '';
  #isOver = false;

  private constructor(child: ChildProcess, path: string, tracer: () => number) {
    this.child = child;
    this.#file = openSync(path, 'r');
    this.#tracer = tracer;
    this.ended = new Promise((resolve) => {
      child.on('close', (code) => {
        this.#isOver = true;
        resolve(code);
      });
    });
  }

  static async start({ args, cwd, env, preload, talk, recorded }: RelayOptions): Promise<RelayProcess> {
    const tool = recorded === undefined ? undefined : await strace();
    const command = [process.execPath, '--import', preload, bin, ...args];
    // `-D`: the relay is our own child, and strace a process beside it.
    const before =
      tool === undefined || recorded === undefined
        ? []
        : [tool.file, '-D', '--seccomp-bpf', ...STRACE_OPTIONS, '-P', recorded.data, '-o', recorded.log];
    const [file = '', ...rest] = [...before, ...command];
    const stderr = openSync(talk, 'w');
    const child = spawn(file, rest, {
      cwd,
      env: { PATH: process.env['PATH'], ...tool?.env, ...env },
      stdio: ['ignore', 'ignore', stderr, 'ipc'],
    });
    closeSync(stderr);
    return new RelayProcess(child, talk, () => (recorded === undefined ? 0 : tracerOf(child.pid)));
  }

  /** All that it has said so far. */
  get talk(): string {
    const size = fstatSync(this.#file).size;
    if (size > this.#read) {
      const bytes = Buffer.alloc(size - this.#read);
      this.#read += readSync(this.#file, bytes, 0, bytes.length, this.#read);
      this.#text += bytes.toString();
    }
    return this.#text;
  }

  /** The first match in what it says. Undefined when it ends without one, or nothing comes in time. */
  async seen(pattern: RegExp, withinMs: number): Promise<RegExpExecArray | undefined> {
    for (let waitedMs = 0; waitedMs < withinMs; waitedMs += LOOK_MS) {
      const isLast = this.#isOver;
      const found = pattern.exec(this.talk);
      if (found !== null) return found;
      if (isLast) return undefined;
      await setTimeout(LOOK_MS);
    }
    return undefined;
  }

  /** At once; resolves when it is over, and what was written down of it whole. */
  async kill(): Promise<void> {
    const tracer = this.#tracer();
    this.child.kill('SIGKILL');
    await this.ended;
    while (tracer > 0 && existsSync(`/proc/${tracer}`)) await setTimeout(LOOK_MS);
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** The process that follows another by ptrace; 0: none. */
function tracerOf(pid: number | undefined): number {
  try {
    return Number(/TracerPid:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
