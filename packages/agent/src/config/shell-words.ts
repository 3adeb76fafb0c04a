/** Paths as a shell would read them: `~/audit.ndjson`, `$HOME/audit.ndjson`. Taken as written they make a folder called `~`. */
import type { Finding, Path } from './problems.ts';

/** Keys of sources and sinks, and of the journal, that hold a path of this machine. */
const PATH_KEY = /(^|_)(path|file|folder|dir)$/;

/** @param raw the configuration, variables put in. */
export function shellWords(raw: unknown, path: Path = []): readonly Finding[] {
  if (typeof raw === 'object' && raw !== null) {
    return Object.entries(raw).flatMap(([key, value]) =>
      shellWords(value, [...path, Array.isArray(raw) ? Number(key) : key]),
    );
  }
  const word = typeof raw === 'string' && PATH_KEY.test(String(path.at(-1))) ? WORD.exec(raw)?.[0] : undefined;
  if (word === undefined) return [];
  const expected = `${word} is a word of the shell: taken as written it is a folder of that name`;
  const fix = word.startsWith('~')
    ? 'write the whole path, or ${HOME} for your own folder; ./~ if it is really called that'
    : 'write ${NAME} for a variable, with braces';
  return [{ code: 'CONFIG_INVALID_VALUE', path, expected, fix }];
}

const WORD = /^~[A-Za-z0-9_.-]*(?=\/|$)|^\$[A-Za-z_][A-Za-z0-9_]*(?=\/|$)/;
