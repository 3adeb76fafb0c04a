/** A child process that is told what to do by lines, and answers each with one line of JSON. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';

export interface ToldProcess {
  /** Its answer. */
  tell(line: string): Promise<object>;
  signal(name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void;
}

/** @param url of the program, made of its source. Ends with the test. */
export function startTold(program: string, args: readonly string[]): ToldProcess {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface(child.stdout);
  onTestFinished(async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  return {
    signal: (name) => void child.kill(name),
    async tell(line) {
      const answer = once(lines, 'line');
      child.stdin.write(`${line}\n`);
      const [text] = await answer;
      return JSON.parse(String(text)) as object; // what the program above writes
    },
  };
}
