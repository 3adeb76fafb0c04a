/**
 * What `.ci/run` does after the install: every static check and every test on the Node that runs this, those of Kubernetes among them, then the tests
 * of the packages and the demo on the newer ones that users have, where nothing of ours may warn either. A check, a
 * demo and a look for warnings count as one passed or failed each, beside the tests.
 *
 * `node scripts/ci.mjs <file>` writes the line of totals to the file at its end, and to nowhere else: who calls it
 * knows by the missing line that it did not come so far. What failed is said once more at the end.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { otherNode } from './other-node.mjs';
import { prepare } from './prepare.mjs';
import { ROOT, run } from './run.mjs';
import { runKubernetes, runSuite } from './suite.mjs';
import { NOTHING_RAN, summaryLine, sumOf } from './tally.mjs';
import { gatheringWarnings, warningsOfOurs } from './warnings.mjs';

/** Each line of Node that users have beside ours, and whether the packages' tests run there too. */
const OTHER_NODES = [
  { version: '24', withTests: true },
  { version: '26', withTests: false },
];

const [, , file = ''] = process.argv;
const folder = mkdtempSync(join(tmpdir(), 'audit-relay-ci-'));
/** @type {string[]} */
const failures = [];
try {
  const totals = everything();
  if (totals.failed > 0) say('failed');
  for (const failure of failures) console.log(failure);
  writeFileSync(file, `${summaryLine(totals)}\n`);
  process.exitCode = totals.failed === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}

/** @returns {import('./tally.mjs').Totals} */
function everything() {
  say('check');
  const checked = one('check', run([process.execPath, 'scripts/check.mjs'], 'inherit').exitCode === 0);
  say('test');
  const tested = prepare() ? runSuite([], undefined, failures) : NOTHING_RAN;
  say('supply chain');
  const supplied = one('supply chain', run([process.execPath, 'scripts/supply-chain.mjs'], 'inherit').exitCode === 0);
  // Without a build or a runner nothing else can be said.
  if (tested === NOTHING_RAN) return NOTHING_RAN;
  say('Kubernetes');
  const deployed = runKubernetes(failures);
  say('cost');
  const cheap = one('cost', run([process.execPath, 'scripts/guard.mjs'], 'inherit').exitCode === 0);
  return sumOf([checked, tested, supplied, deployed, cheap, ...OTHER_NODES.flatMap(onOtherNode)]);
}

/**
 * @param {(typeof OTHER_NODES)[number]} node
 * @returns {readonly import('./tally.mjs').Totals[]}
 */
function onOtherNode({ version, withTests }) {
  say(`Node ${version}`);
  const plain = otherNode(version, folder);
  if (plain === undefined) return [one(`install of Node ${version}`, false)];
  run(['node', '--version'], 'inherit', plain);
  const gathered = join(folder, `warnings-${version}.txt`);
  const env = gatheringWarnings(gathered, plain);
  const tested = withTests ? [runSuite(['--project', 'packages'], env, failures)] : [];
  const demo = one(`demo on Node ${version}`, demoRuns(version, env));
  return [...tested, demo, one(`no warning of Node ${version}`, isQuiet(gathered))];
}

/**
 * The demo reads its whole simulated audit log once.
 *
 * @param {string} version
 * @param {NodeJS.ProcessEnv} env
 */
function demoRuns(version, env) {
  const dir = join(folder, `demo-${version}`);
  mkdirSync(dir);
  const command = ['node', join(ROOT, 'packages/agent/bin/audit-relay.js'), 'demo', '--once', '--dir', dir];
  return run(command, 'inherit', env).exitCode === 0;
}

/** @param {string} gathered */
function isQuiet(gathered) {
  const warnings = existsSync(gathered) ? warningsOfOurs(readFileSync(gathered, 'utf8')) : [];
  for (const warning of warnings) console.error(`Node warned of ours: ${warning}`);
  return warnings.length === 0;
}

/** @param {string} what */
function say(what) {
  console.log(`\n== ${what}`);
}

/**
 * @param {string} what
 * @param {boolean} passed
 * @returns {import('./tally.mjs').Totals}
 */
function one(what, passed) {
  if (!passed) failures.push(what);
  return { passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 };
}
