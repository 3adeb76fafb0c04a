/** What the tests of Datadog's set-up share: the emulator of its API, judged by Datadog's documents, and set-up runs against it. */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { SetupStep } from '@audit-relay/sink';
import { datadog } from '@audit-relay/sink-datadog';
import { testContext } from '@audit-relay/sink-testkit';
import { onTestFinished } from 'vitest';
import { datadogOpenApi } from '../services/datadog/openapi.ts';
import { needed } from '../services/needed.ts';
import { ApiEmulator } from './api-emulator.ts';
import type { Json } from './api-store.ts';
import { type Contract, contractOf } from './contract.ts';

export interface World {
  readonly emulator: ApiEmulator;
  readonly url: string;
  /** One run, with keys of the sink's configuration that differ. */
  run(order?: {
    readonly dryRun?: boolean;
    readonly config?: object;
    readonly signal?: AbortSignal;
  }): Promise<readonly SetupStep[]>;
  /** Requests since the last call that were no GET. */
  writes(): readonly string[];
}

/** Datadog's documents, for the tests of this `describe`. */
export function useContract(): () => Contract {
  return needed({ name: 'OpenAPI documents of Datadog', get: async () => contractOf(await datadogOpenApi()) });
}

/** An emulator of this test's own. */
export async function world(contract: Contract): Promise<World> {
  const emulator = new ApiEmulator(contract);
  const url = await emulator.listen();
  onTestFinished(() => emulator.close());
  let counted = 0;
  return {
    emulator,
    url,
    run: ({ dryRun = false, config = {}, signal = new AbortController().signal } = {}) => {
      const { apiKey, appKey } = emulator;
      const keys = { site: 'eu', api_key: apiKey, app_key: appKey, api_url: url, ...config };
      const parsed = datadog.configSchema.parse(
        Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined)),
      );
      return datadog.setup?.(parsed, testContext(), { signal, dryRun }) ?? Promise.resolve([]);
    },
    writes: () => {
      const fresh = emulator.seen.slice(counted);
      counted = emulator.seen.length;
      return fresh.filter(({ method }) => method !== 'GET').map(({ operation }) => operation);
    },
  };
}

/** How often each outcome is among the steps. */
export function outcomes(steps: readonly SetupStep[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { outcome } of steps) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

/** One object of the contents. */
export interface Content {
  readonly kind: string;
  readonly key: string;
  readonly title: string;
  readonly body: Json;
}

interface Inside {
  contentsFor(source: string, kinds: readonly string[]): readonly Content[];
  written(content: Content): Json;
}

/** Functions within the package, which exports nothing of the kind to users. */
export async function inside(): Promise<Inside> {
  const home = pathToFileURL(createRequire(import.meta.url).resolve('@audit-relay/sink-datadog'));
  const modules = ['setup/content/index.js', 'setup/standing.js'].map((path) => import(new URL(path, home).href));
  // Modules that are named at run time have no static type.
  return Object.assign({}, ...(await Promise.all(modules))) as Inside;
}

export const KINDS: readonly string[] = ['log pipeline', 'dashboard', 'detection rule', 'monitor'];
