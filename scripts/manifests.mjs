/**
 * `npm run manifests`: the plain manifests in `deploy/kustomize`, rendered from the chart by the `helm` of the PATH, or by
 * `--helm <file>`. With `--check` it writes nothing, and fails when one is not what it would write.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parseAllDocuments, stringify } from 'yaml';
import { ROOT, run } from './run.mjs';

const FOLDER = 'deploy/kustomize';
const HEAD = '# Rendered from deploy/helm/audit-relay by `npm run manifests`.\n';
/** What speaks of Helm, or is Kustomize's own to say. */
const NOT_HERE = ['helm.sh/chart', 'app.kubernetes.io/managed-by', 'namespace'];

const { values } = parseArgs({
  options: { helm: { type: 'string', default: 'helm' }, check: { type: 'boolean', default: false } },
});
const options = ['--values', join(FOLDER, 'values.yaml'), '--kube-version', '1.37.0'];
const command = [values.helm, 'template', 'audit-relay', 'deploy/helm/audit-relay', ...options];
const { exitCode, output } = run(command, ['ignore', 'pipe', 'inherit']);
if (exitCode !== 0) throw new Error(output);
const files = parseAllDocuments(output)
  .map((document) => document.toJS())
  .filter(Boolean)
  .map((manifest) => {
    const text = stringify(without(manifest), { lineWidth: 0 });
    return { file: join(ROOT, FOLDER, `${manifest.kind.toLowerCase()}.yaml`), text: `${HEAD}${text}` };
  });
if (!values.check) for (const { file, text } of files) writeFileSync(file, text);
const stale = files.filter(({ file, text }) => textOf(file) !== text);
for (const { file } of stale) console.log(`${file} is stale: npm run manifests`);
process.exitCode = stale.length === 0 ? 0 : 1;

/**
 * @param {unknown} value
 * @returns {unknown}
 */
function without(value) {
  if (Array.isArray(value)) return value.map(without);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => !NOT_HERE.includes(key));
  return Object.fromEntries(kept.map(([key, inside]) => [key, without(inside)]));
}

/** @param {string} file */
function textOf(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
