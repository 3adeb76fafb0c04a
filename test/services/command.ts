/** Runs the tools that prepare a server: to their end, with all they said in the error when they fail. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly uid?: number;
  readonly gid?: number;
}

/** Stdout and stderr of a command that ended with 0; throws with both of them otherwise. */
export async function runCommand({ file, args, env, ...rest }: Command): Promise<string> {
  try {
    const { stdout, stderr } = await execute(file, [...args], {
      ...rest,
      env: { ...process.env, ...env },
      maxBuffer: 16 << 20,
    });
    return stdout + stderr;
  } catch (error) {
    // What `execFile` rejects with when the command ran at all.
    const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string };
    throw new Error(`${file} failed: ${(stdout + stderr).slice(-2_000)}`, { cause: error });
  }
}
