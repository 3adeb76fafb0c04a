/** The programs of `java/` that are clients of a broker, and Kafka's own command line tools. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { distribution, VERSIONS } from './distribution.ts';

const JVM_OPTIONS = ['-Xmx192m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData'];
const LOG_OPTIONS = ['-Dorg.slf4j.simpleLogger.defaultLogLevel=error'];

export interface JavaProgram {
  readonly child: ChildProcessWithoutNullStreams;
  /** SIGKILL, and waits for the end. */
  end(): Promise<void>;
}

/** Starts a class with its arguments; its standard input stays open. */
export async function startJava(name: string, args: readonly string[]): Promise<JavaProgram> {
  const { java, classPath } = await distribution(VERSIONS[0]);
  const command = [...JVM_OPTIONS, ...LOG_OPTIONS, '-cp', classPath, name, ...args];
  const child = spawn(join(java.home, 'bin', 'java'), command);
  const kill = (): void => void child.kill('SIGKILL');
  // Also when the tests end early: nobody else would.
  process.once('exit', kill);
  return {
    child,
    end: async () => {
      kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      process.off('exit', kill);
    },
  };
}
