/** What a disk does to a journal while no agent runs. */
import { existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Chance } from '../invariants/chance.ts';
import type { Between, Corruption } from './schedule.ts';

const PAGE_BYTES = 4_096;

type Spoil = (bytes: Buffer, chance: Chance) => void;

const SPOILERS: Readonly<Record<Exclude<Corruption, 'cut_short' | 'gone'>, Spoil>> = {
  bits: (bytes, chance) => {
    for (let left = chance.whole(1, 60); left > 0; left -= 1) {
      const at = chance.whole(0, bytes.length - 1);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << chance.whole(0, 7));
    }
  },
  zeros: (bytes, chance) => {
    for (let left = chance.whole(1, 4); left > 0; left -= 1) {
      const page = chance.whole(0, Math.floor(bytes.length / PAGE_BYTES) - 1) * PAGE_BYTES;
      bytes.fill(0, page, page + PAGE_BYTES);
    }
  },
  garbage: (bytes, chance) => {
    for (let at = 0; at < bytes.length; at += 64)
      bytes.writeUInt32LE(chance.whole(0, 2 ** 32 - 1), Math.min(at, bytes.length - 4));
  },
};

/** False: there was nothing to spoil yet. */
export function corrupt(journal: string, { how, starts, seed }: Extract<Between, { kind: 'corrupt' }>): boolean {
  const data = join(journal, 'data.mdb');
  if (!existsSync(data)) return false;
  const chance = new Chance(seed);
  const bytes = readFileSync(data);
  if (bytes.length < PAGE_BYTES) return false;
  if (how === 'gone') rmSync(data);
  else if (how === 'cut_short') truncateSync(data, chance.whole(0, bytes.length - 1));
  else {
    SPOILERS[how](bytes, chance);
    writeFileSync(data, bytes);
  }
  const side = join(journal, 'starts.json');
  if (starts && existsSync(side)) writeFileSync(side, readFileSync(side, 'utf8').slice(0, -10));
  return true;
}
