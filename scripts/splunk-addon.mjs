/**
 * `npm run addon`: writes the one file of the Splunk add-on that is made from the core's table of event types, its lookup. With
 * `--check` it writes nothing, and fails when the file is not what it would write. With `--out <folder>` it also builds the
 * add-on there, the same file that `audit-relay setup --out` gives.
 *
 * What an event type means in the Common Information Model follows from what it means in ECS, so a new line of the table
 * needs none here.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepare } from './prepare.mjs';
import { ROOT } from './run.mjs';

/**
 * What is read of a line of the table.
 *
 * @typedef {{
 *   category: readonly string[], types: readonly string[], outcome: string, severity: number,
 *   targetType: string | undefined, concerns: string | undefined,
 * }} Line
 */

const LOOKUP = join(ROOT, 'packages/sink-splunk-hec/addon/lookups/openai_audit_actions.csv');
const HEADER = 'event_action,data_model,action,change_type,object_category,status,severity_id';

const checkOnly = process.argv.includes('--check');
process.exitCode = (checkOnly || prepare()) && (await main()) ? 0 : 1;

/** @returns {Promise<boolean>} Whether the file is as it should be. */
async function main() {
  const text = await lookup();
  if (!checkOnly) writeFileSync(LOOKUP, text);
  const isFresh = readFileSync(LOOKUP, 'utf8') === text;
  if (!isFresh) console.log('the lookup of the Splunk add-on is stale: npm run addon');
  const out = process.argv.indexOf('--out');
  if (out !== -1) await build(process.argv[out + 1] ?? '.');
  return isFresh;
}

/** Whole names before patterns: the first line that matches counts. */
async function lookup() {
  // What is built, not what is installed: the table of this very state of the source.
  const { known } = await import('../packages/core/dist/index.js');
  const byType = new Map(known.types());
  const oldNames = [...known.oldNames()].map(([name, type]) => row(name, /** @type {Line} */ (byType.get(type))));
  const rows = [
    ...known.types().map(([type, line]) => row(type, line)),
    ...oldNames,
    ...known.patterns().map(([pattern, line]) => row(pattern, line)),
  ];
  return [HEADER, ...rows, ''].join('\n');
}

/**
 * @param {string} name
 * @param {Line} line
 */
function row(name, line) {
  const { severity, category, types } = line;
  if (category.includes('authentication')) {
    // The data model is about logins: a logout, or one that failed, has no place in it.
    const isLogin = types.includes('start');
    return [name, isLogin ? 'Authentication' : '', isLogin ? line.outcome : '', '', '', line.outcome, severity].join();
  }
  // Of the rest nothing is known: no change, as far as anybody can tell, and no login.
  if (name === '*') return [name, '', '', '', '', '', severity].join();
  const model = line.concerns === 'user' ? 'Account_Management' : 'Change';
  const isAboutAccess = category.some((one) => one === 'iam' || one === 'session');
  const status = line.outcome === 'unknown' ? '' : line.outcome;
  const change = isAboutAccess ? 'AAA' : 'configuration';
  return [name, model, actionOf(name, line), change, line.targetType, status, severity].join();
}

/**
 * A value of the data model's own list.
 *
 * @param {string} name
 * @param {Line} line
 */
function actionOf(name, { types, outcome }) {
  if (/\.(un)?bound_(to|from)_resource$/.test(name)) return 'acl_modified';
  if (types.includes('creation')) return 'created';
  if (types.includes('deletion')) return 'deleted';
  return types.includes('info') && outcome === 'success' ? 'read' : 'modified';
}

/** @param {string} folder */
async function build(folder) {
  const { buildAddon } = await import('../packages/sink-splunk-hec/dist/addon/archive.js');
  const { fileName, archive } = buildAddon();
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, fileName), archive);
  console.log(join(folder, fileName));
}
