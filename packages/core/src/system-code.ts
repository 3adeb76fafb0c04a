/** The system's name for what went wrong, whoever says it: Node by a name, LMDB by a number, and of a quota neither has a name. */
import { getSystemErrorName } from 'node:util';

/** Linux, macOS. Node's own table (libuv) lacks it: "Unknown system error -122". */
const QUOTA: ReadonlySet<number> = new Set([122, 69]);

/** `ENOSPC`, `EDQUOT`, `EROFS` …; undefined where the system has said nothing. */
export function systemCodeOf(error: unknown): string | undefined {
  const { code, errno }: { code?: unknown; errno?: unknown } = Object(error);
  if (typeof code === 'number') return nameOf(code);
  if (typeof code !== 'string') return undefined;
  if (typeof errno === 'number' && QUOTA.has(-errno)) return 'EDQUOT';
  return /^E[A-Z0-9]+$/.test(code) ? code : undefined;
}

/** LMDB's own errors are below zero. */
function nameOf(number: number): string | undefined {
  if (QUOTA.has(number)) return 'EDQUOT';
  return Number.isInteger(number) && number > 0 ? getSystemErrorName(-number) : undefined;
}
