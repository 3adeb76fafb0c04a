/** Agents and commands that a test begins in one folder, all of which end with it. */
import { type Running, start } from './command.ts';

export class Agents {
  readonly #env: Readonly<Record<string, string>>;
  readonly #begun: Running[] = [];

  /** @param env of each of them, beside PATH. */
  constructor(env: Readonly<Record<string, string>>) {
    this.#env = env;
  }

  /** An agent that has started. */
  async run(folder: string): Promise<Running> {
    const running = this.begin(folder, 'run');
    await running.seen(/"STARTED"/);
    return running;
  }

  /** A command that may take as long as it takes. */
  begin(folder: string, ...args: readonly string[]): Running {
    const running = start({ args, cwd: folder, env: this.#env });
    this.#begun.push(running);
    return running;
  }

  async end(): Promise<void> {
    for (const running of this.#begun.splice(0)) await killed(running);
  }
}

/** With nothing more done: kill -9. */
export async function killed({ child, ended }: Running): Promise<void> {
  child.kill('SIGKILL');
  await ended;
}
