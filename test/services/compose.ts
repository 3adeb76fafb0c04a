/** What `docker-compose.yml` says of its services, so that what a test starts is what people start by one command. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

/** Of what the compose specification knows, what is used. */
export interface ComposeService {
  readonly image: string;
  readonly build?: { readonly dockerfile: string; readonly target: string };
  /** None: it always starts. */
  readonly profiles?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  /** `127.0.0.1:8088:8088`. */
  readonly ports?: readonly string[];
  /** `./here:/there:ro`, or `volume:/there`. */
  readonly volumes?: readonly string[];
  /** `service:elasticsearch`: it has that one's network and no other. */
  readonly network_mode?: string;
  readonly networks?: Readonly<Record<string, { readonly aliases: readonly string[] }>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string; readonly restart?: boolean }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

// Compiled, this file stands in `test/dist`.
const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/test\/$/, '/');
export const COMPOSE_FILE: string = join(ROOT, 'docker-compose.yml');

export function composeFile(): ComposeFile {
  const text = readFileSync(COMPOSE_FILE, 'utf8');
  // Tests look at what else matters of it.
  return parse(text, { strict: true, uniqueKeys: true, merge: true }) as ComposeFile;
}

/** @throws Error where there is none of that name. */
export function composeService(name: string): ComposeService {
  const service = composeFile().services[name];
  if (service === undefined) throw new Error(`docker-compose.yml has no ${name}`);
  return service;
}

/** A file of this project that a service sees at another place. */
export interface MountedFile {
  readonly from: string;
  readonly to: string;
  readonly mode: string | undefined;
}

/** Those of its volumes that are files of ours; paths of this machine. */
export function mountedFiles({ volumes = [] }: ComposeService): readonly MountedFile[] {
  return volumes
    .filter((volume) => volume.startsWith('.'))
    .map((volume) => {
      const [from = '', to = '', mode] = volume.split(':');
      return { from: join(ROOT, from), to, mode };
    });
}
