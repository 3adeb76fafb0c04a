/** Vitest's global set-up of the tests that need servers: one desk for the whole run. */
import type { TestProject } from 'vitest/node';
import { openDesk } from './desk.ts';
import { VERSIONS } from './elasticsearch/distribution.ts';
import { startElasticsearch } from './elasticsearch/start.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The address of the desk, for `urlOf`. */
    readonly desk: string;
  }
}

/** Opens the desk before the first test of the run; what it returns closes it after the last. */
export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const nodes = VERSIONS.map((version) => [`elasticsearch-${version}`, () => startElasticsearch({ version })] as const);
  const desk = await openDesk(Object.fromEntries(nodes));
  provide('desk', desk.address);
  return () => desk.close();
}
