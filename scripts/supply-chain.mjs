/**
 * `npm run supply-chain`: what the product is made of, as a CycloneDX file (`sbom.cdx.json`, by npm itself), and whether
 * anything of it is known to be vulnerable. A registry that keeps no advisories is said loudly, and is no failure: what
 * it does not know cannot be mended here.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, run } from './run.mjs';
import { auditVerdict, billOf, neededBy } from './supply.mjs';

const BILL = 'sbom.cdx.json';
const FOR_TRIALS = ['openai-simulator', 'sink-testkit'];

const isGood = [bill(), audit()].every(Boolean);
process.exitCode = isGood ? 0 : 1;

function bill() {
  const command = ['npm', 'sbom', '--sbom-format=cyclonedx', '--package-lock-only'];
  const { exitCode, output } = run(command, ['ignore', 'pipe', 'inherit']);
  if (exitCode !== 0) return false;
  try {
    const needed = neededBy(JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')), product());
    const made = billOf(JSON.parse(output), needed);
    writeFileSync(join(ROOT, BILL), `${JSON.stringify(made, undefined, 2)}\n`);
    console.log(`${BILL}: ${made.components.length} components`);
    return true;
  } catch (error) {
    console.error(String(error));
    return false;
  }
}

/** What runs beside a key, as `packages/<name>`. */
function product() {
  const names = readdirSync(join(ROOT, 'packages')).filter((name) => !FOR_TRIALS.includes(name));
  return names.map((name) => `packages/${name}`);
}

function audit() {
  const { output } = run(['npm', 'audit', '--json'], ['ignore', 'pipe', 'ignore']);
  const { verdict, lines } = auditVerdict(output);
  for (const line of lines) console.log(line);
  return verdict !== 'vulnerable';
}
