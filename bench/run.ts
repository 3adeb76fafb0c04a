/**
 * `npm run bench [-- memory start demo cost sizes deployed profile record-sizes sources backfill freshness filter elasticsearch kafka splunk datadog]`: measures, and writes the results of every
 * group that was measured whole to `bench/results/<group>.txt`.
 */
import { writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { backfill } from './backfill.ts';
import { cost, sizes } from './cost.ts';
import { datadog } from './datadog.ts';
import { demo } from './demo.ts';
import { deployed } from './deployed.ts';
import { elasticsearch } from './elasticsearch.ts';
import { filter } from './filter.ts';
import { freshness } from './freshness.ts';
import { kafka } from './kafka.ts';
import { machine } from './measure.ts';
import { memory } from './memory.ts';
import { profile } from './profile.ts';
import { recordSizes } from './record-sizes.ts';
import { sources } from './sources.ts';
import { splunk } from './splunk.ts';
import { start } from './start.ts';

// As the agent has it.
setFlagsFromString('--heap-growing-percent=50');

// Memory first: what another bench had is never wholly given back.
const groups = {
  path: { memory, start },
  demo: { demo },
  cost: { cost },
  sizes: { sizes },
  deployed: { deployed },
  profile: { profile },
  'record-sizes': { 'record-sizes': recordSizes },
  sources: { sources },
  source: { backfill, freshness },
  filter: { filter },
  elasticsearch: { elasticsearch },
  kafka: { kafka },
  splunk: { splunk },
  datadog: { datadog },
};

const asked = process.argv.slice(2);
for (const [group, benches] of Object.entries(groups)) {
  const names = Object.keys(benches).filter((name) => asked.length === 0 || asked.includes(name));
  const parts = [machine()];
  for (const [name, bench] of Object.entries(benches)) {
    if (!names.includes(name)) continue;
    console.error(`measuring ${name} …`);
    parts.push(await bench());
  }
  if (names.length === 0) continue;
  const text = `${parts.join('\n\n')}\n`;
  process.stdout.write(text);
  if (names.length < Object.keys(benches).length) continue;
  writeFileSync(new URL(`../results/${group}.txt`, import.meta.url), text);
}
