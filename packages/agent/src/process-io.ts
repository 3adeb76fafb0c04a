/** What a command takes from the process it runs in, so that a test hands in its own. */
import { Hidden } from './hidden.ts';
import { errorOutput, type Standard, standardOutput } from './standard-output.ts';

/** Variables as the process has them; an absent one is undefined. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The process as a command sees it. */
export interface ProcessIO {
  readonly env: Environment;
  /**
   * Told the secrets of a configuration, and the variables that hold them, before anybody's module runs: from now on no talk
   * shows one, and no variable of this process holds one. `env` keeps them.
   */
  hide(known: { readonly secrets: readonly string[]; readonly secretVariables: readonly string[] }): void;
  /** Data: goes to stdout. @throws OutputError when the disk behind it does not take all of it */
  out(text: string): void;
  /** Resolves when stdout takes more; with false when its reader has gone away. */
  flushed(): Promise<boolean>;
  /** What is piped in. */
  input(): AsyncIterable<Uint8Array>;
  /** Talk: goes to stderr. Never throws; gives false when it could not be written. */
  talk(text: string): unknown;
  /** Width of the terminal that stderr is, in characters; undefined when it is none. */
  columns(): number | undefined;
  /** The terminal that stdout is. Absent or undefined: it is none, or one on which nothing can be drawn anew (`TERM=dumb`). */
  screen?(): ScreenStream | undefined;
}

/** A terminal to draw on; its size may change at any moment (`resize`). */
export interface ScreenStream extends NodeJS.EventEmitter {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): boolean;
  /** Whether it has colours, and nobody has said `NO_COLOR`. */
  hasColors?(): boolean;
}

/** The exit codes of every command; 78 is `EX_CONFIG` of BSD's sysexits(3). */
export const EXIT = { done: 0, failed: 1, usage: 2, badConfig: 78 } as const;

/** This process. Neither a reader that went away (`| head`) nor a full disk behind stdout or stderr ends it. */
export function processIO(process: NodeJS.Process): ProcessIO {
  const standard: Standard = process;
  const write = errorOutput(standard);
  const hidden = new Hidden();
  return {
    // As it is now: what is taken out of the process's own later stays known here.
    env: { ...process.env },
    hide: ({ secrets, secretVariables }) => {
      hidden.add(secrets);
      // Node writes all of them into the report of a crash, and hands them to each child.
      for (const name of secretVariables) delete process.env[name];
    },
    out: standardOutput(standard),
    flushed: () => flushed(process.stdout),
    input: () => process.stdin,
    talk: (text) => write(hidden.clean(text)),
    // Some terminals say 0 for a width that they do not know.
    columns: () => (process.stderr.isTTY ? process.stderr.columns || 80 : undefined),
    screen: () => {
      const { TERM } = process.env;
      return process.stdout.isTTY && TERM !== 'dumb' ? process.stdout : undefined;
    },
  };
}

function flushed(stream: NodeJS.WriteStream): Promise<boolean> {
  const isOpen = (): boolean => stream.errored === null && !stream.destroyed;
  if (!isOpen() || !stream.writableNeedDrain) return Promise.resolve(isOpen());
  return new Promise((resolve) => {
    const settle = (): void => {
      for (const event of ['drain', 'close', 'error']) stream.off(event, settle);
      resolve(isOpen());
    };
    for (const event of ['drain', 'close', 'error']) stream.on(event, settle);
  });
}
