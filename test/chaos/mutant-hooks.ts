/** Node's hooks of module loading (nodejs.org/docs/latest-v20.x/api/module.html): one text of one file is another. */
import type { InitializeHook, LoadHook } from 'node:module';
import type { BuiltMutant } from './mutants.ts';

let mutant: BuiltMutant | undefined;

export const initialize: InitializeHook<BuiltMutant> = (data) => {
  mutant = data;
};

export const load: LoadHook = async (url, context, next) => {
  const loaded = await next(url, context);
  if (mutant === undefined || !url.endsWith(`/packages/core/dist/${mutant.file}`)) return loaded;
  // Of an ES module Node hands over bytes or text.
  const text = typeof loaded.source === 'string' ? loaded.source : Buffer.from(loaded.source as Uint8Array).toString();
  const parts = text.split(mutant.from);
  if (parts.length !== 2) throw new Error(`${mutant.name}: its text does not stand once in ${mutant.file}`);
  return { ...loaded, source: parts.join(mutant.to) };
};
