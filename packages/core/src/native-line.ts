/**
 * LMDB's native code reports a write that the disk refused on stderr, without a newline (lmdb 3.5.6, `mdb.c`: `Write
 * error: …`, `txn has failed/finished, can't commit`). The next line of the log would be glued to it and be no JSON.
 */
import { writeSync } from 'node:fs';

/** The code that a write gets which the disk took in part: then nothing was printed. */
const EIO = 5;

/** Ends the line that LMDB may have begun as it failed with `error`. Never throws. */
export function endNativeLine(error: unknown): void {
  // LMDB's errors carry the system's number; ours, and those that a transaction's own work throws, carry none.
  const code: unknown = Object(error).code;
  if (typeof code !== 'number' || code === EIO) return;
  try {
    writeSync(2, '\n');
  } catch {
    // Nobody reads it, or it is as full as the disk.
  }
}
