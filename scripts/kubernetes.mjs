/**
 * `npm run test:kubernetes`: the Helm chart before Helm and a real kube-apiserver, and the manifests that are made of it. The
 * first run on a machine builds both with Go 1.26.5 or newer, for some ten minutes. Ends with one line of totals.
 */
import { prepare } from './prepare.mjs';
import { runKubernetes } from './suite.mjs';
import { NOTHING_RAN, summaryLine } from './tally.mjs';

const totals = prepare() ? runKubernetes() : NOTHING_RAN;
console.log(`\n${summaryLine(totals)}`);
process.exitCode = totals.failed === 0 ? 0 : 1;
