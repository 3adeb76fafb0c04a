/** How much memory the process may hold that it does not need. Called once, before the relay is opened. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** V8's own flags (`node --v8-options`), which are no promise of Node's: one that V8 does not know is passed over. */
const FLAGS = [
  // Collects as soon as the heap is half as large again as what lived after the last collection. By itself V8 waits until
  // it has grown fourfold, and a backfill, whose entries outlive the young generation, then takes over 300 MB instead of
  // 160. It costs a tenth to a fifth of a backfill's speed, and nothing where few events come.
  '--heap-growing-percent=50',
  // The parser of HTTP, which is WebAssembly, stays as its first compiler has made it. The second one takes 23 MB for a
  // tenth of a second, 38 MB on Node 20, of which the allocator keeps a part for good.
  '--no-wasm-tier-up',
  '--no-wasm-dynamic-tiering',
];

export function keepHeapSmall(): void {
  for (const flag of FLAGS) setFlagsFromString(flag);
}

/** A whole collection at once, which takes the process about a tenth of a second; does nothing where V8 does not let us. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  // The flag gives `gc` to contexts that are made from then on.
  const collect: unknown = runInNewContext('typeof gc === "undefined" ? undefined : gc');
  if (typeof collect === 'function') collect();
}
