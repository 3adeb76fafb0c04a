/** From `journal.type` to the package that it names, which is loaded only then: whoever has an embedded journal installs none. */
import { pathToFileURL } from 'node:url';
import type { JournalPlugin } from '@audit-relay/core';
import { nearest } from './config/problems.ts';
import { entryOfPackage, LOAD_MS } from './plugins.ts';
import { withinLimit } from './within-limit.ts';

/** Types beside `embedded`. */
const TYPES: readonly string[] = ['kafka'];
const SCOPE = '@audit-relay/journal-';
const ANOTHER_VERSION = 'install the version of it that this agent has';

export type LoadedJournalPlugin =
  | { readonly plugin: JournalPlugin<unknown> }
  | { readonly problem: JournalPluginProblem };

interface JournalPluginProblem {
  readonly code: 'CONFIG_INVALID_VALUE' | 'CONFIG_JOURNAL_MISSING' | 'CONFIG_JOURNAL_BROKEN';
  readonly expected: string;
  readonly fix: string;
}

/** Looked for from `folder`, then from the agent. Never rejects. */
export async function loadJournalPlugin(type: string, folder: string): Promise<LoadedJournalPlugin> {
  const name = `${SCOPE}${type}`;
  if (!TYPES.includes(type)) return { problem: unknownType(type) };
  const entry = entryOfPackage([name], folder);
  if (entry === undefined) {
    const expected = `no journal of the type ${type} is installed`;
    return { problem: { code: 'CONFIG_JOURNAL_MISSING', expected, fix: `install ${name} beside the agent` } };
  }
  try {
    const module: object = await withinLimit(LOAD_MS, () => import(pathToFileURL(entry).href));
    const plugin = Object.values(module).find((exported) => isPlugin(exported) && exported.type === type);
    return plugin === undefined ? { problem: broken(name, 'it exports no journal') } : { plugin };
  } catch (error) {
    const [why = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    return { problem: broken(name, why) };
  }
}

function unknownType(type: string): JournalPluginProblem {
  const types = ['embedded', ...TYPES];
  const near = nearest(type, types);
  const fix = near === undefined ? `choose ${types.join(' or ')}` : `did you mean ${near}?`;
  return { code: 'CONFIG_INVALID_VALUE', expected: `expected ${types.join(' or ')}`, fix };
}

function broken(name: string, why: string): JournalPluginProblem {
  return { code: 'CONFIG_JOURNAL_BROKEN', expected: `${name} cannot be loaded: ${why}`, fix: ANOTHER_VERSION };
}

/** By its shape; what its functions do is tested in its package. */
function isPlugin(exported: unknown): exported is JournalPlugin<unknown> {
  const { type, configSchema, opener, name, problems, setup } = Object(exported);
  return (
    typeof type === 'string' &&
    typeof Object(configSchema).safeParse === 'function' &&
    [opener, name, problems, setup].every((one) => typeof one === 'function')
  );
}
