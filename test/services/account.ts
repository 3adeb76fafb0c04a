/** Whom a server runs as: ourselves, or nobody where we are root, because some servers refuse to be root. */
import { chownSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from './command.ts';

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** Undefined: as ourselves. */
export async function serverAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const ask = async (flag: string): Promise<number> => Number(await runCommand({ file: 'id', args: [flag, 'nobody'] }));
  return { uid: await ask('-u'), gid: await ask('-g') };
}

/** Gives a folder and all in it away. */
export function handOver(folder: string, { uid, gid }: Account): void {
  chownSync(folder, uid, gid);
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    chownSync(join(folder, name), uid, gid);
}
