/** The folder one node lives in: its configuration, data and logs, apart from the distribution that all share. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Account, handOver } from '../account.ts';

/** As in `elasticsearch.yml`, dotted keys. */
export type Settings = Readonly<Record<string, string | number | boolean>>;

export interface Plot {
  /** The distribution. */
  readonly home: string;
  readonly settings: Settings;
  readonly account: Account | undefined;
  /** Called before the folder is handed over, to put into its `config` what else belongs there. */
  furnish(config: string): Promise<void>;
}

// 0.5 GB is enough for what tests store; the compiler's second stage would cost more than it saves.
const JVM_OPTIONS = ['-Xms512m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-AlwaysPreTouch'];
/** Garbage collectors exclude one another; the rest fills disks. */
const UNWANTED = /UseG1GC|HeapDump|-Xlog:gc|AlwaysPreTouch/;
const CONFIG_FILES = ['log4j2.properties', 'roles.yml', 'role_mapping.yml', 'users', 'users_roles'];

/** Returns the folder, with `config`, `data`, `logs` and `temporary` in it. */
export async function makeWorkplace({ home, settings, account, furnish }: Plot): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-elasticsearch-'));
  const config = join(folder, 'config');
  for (const name of ['config/jvm.options.d', 'data', 'logs', 'temporary'])
    mkdirSync(join(folder, name), { recursive: true });
  for (const name of CONFIG_FILES) cpSync(join(home, 'config', name), join(config, name));
  const options = readFileSync(join(home, 'config', 'jvm.options'), 'utf8').split('\n');
  const wanted = [...options.filter((line) => !UNWANTED.test(line)), ...JVM_OPTIONS];
  writeFileSync(join(config, 'jvm.options'), `${wanted.join('\n')}\n`);
  const paths = { 'path.data': join(folder, 'data'), 'path.logs': join(folder, 'logs') };
  writeFileSync(join(config, 'elasticsearch.yml'), yaml({ ...paths, ...settings }));
  await furnish(config);
  if (account !== undefined) handOver(folder, account);
  return folder;
}

/** JSON values are YAML values. */
function yaml(settings: Settings): string {
  return Object.entries(settings)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`)
    .join('');
}
