/** What `docker-compose.yml` says of a service, so that a container of a test is the one that people start by hand. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

export interface ComposeService {
  readonly image: string;
  readonly profiles: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** `127.0.0.1:8088:8088`. */
  readonly ports: readonly string[];
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
}

// Compiled, this file stands in `test/dist`.
const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/test\/$/, '/');
const FILE = join(ROOT, 'docker-compose.yml');

export function composeFile(): ComposeFile {
  // Tests look at what else matters of it.
  return parse(readFileSync(FILE, 'utf8'), { strict: true, uniqueKeys: true }) as ComposeFile;
}
