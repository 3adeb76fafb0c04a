/** `npm run bench [-- throughput memory start]`: measures and writes `bench/results/path.txt`. */
import { writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { machine } from './measure.ts';
import { memory } from './memory.ts';
import { start } from './start.ts';
import { throughput } from './throughput.ts';

// As the agent has it.
setFlagsFromString('--heap-growing-percent=50');

// Memory first: what another bench had is never wholly given back.
const benches = { memory, throughput, start };

const asked = process.argv.slice(2);
const parts = [machine()];
for (const [name, bench] of Object.entries(benches)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  console.error(`measuring ${name} …`);
  parts.push(await bench());
}
const text = `${parts.join('\n\n')}\n`;
process.stdout.write(text);
if (asked.length === 0) writeFileSync(new URL('../results/path.txt', import.meta.url), text);
