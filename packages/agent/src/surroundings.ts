/** What a command takes from the process it runs in, so that a test hands in its own. */

/** Variables as the process has them; an absent one is undefined. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The process as a command sees it. */
export interface Surroundings {
  readonly env: Environment;
  /** Data: goes to stdout. */
  out(text: string): void;
  /** Resolves when stdout takes more; with false when its reader has gone away. */
  flushed(): Promise<boolean>;
  /** What is piped in. */
  input(): AsyncIterable<Uint8Array>;
  /** Talk: goes to stderr. */
  talk(text: string): void;
  /** Width of the terminal that stderr is, in characters; undefined when it is none. */
  columns(): number | undefined;
}

/** The exit codes of every command; 78 is `EX_CONFIG` of BSD's sysexits(3). */
export const EXIT = { done: 0, failed: 1, usage: 2, badConfig: 78 } as const;

/** This process. A reader of stdout or stderr that went away (`| head`) does not end it. */
export function surroundingsOf(process: NodeJS.Process): Surroundings {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  return {
    env: process.env,
    out: (text) => void process.stdout.write(text),
    flushed: () => flushed(process.stdout),
    input: () => process.stdin,
    talk: (text) => void process.stderr.write(text),
    // Some terminals say 0 for a width that they do not know.
    columns: () => (process.stderr.isTTY ? process.stderr.columns || 80 : undefined),
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
