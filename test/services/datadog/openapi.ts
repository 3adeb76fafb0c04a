/**
 * Datadog's own OpenAPI documents of its API, v1 and v2. Of Datadog's packages the Go client's module alone carries what all
 * of its clients are generated from, so Go's own module client fetches that, once for a machine.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { cached } from '../cache.ts';
import { goModule } from '../go-module.ts';

/** The part read of a document. */
export interface OpenApi {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const MODULE = 'github.com/DataDog/datadog-api-client-go/v2@v2.67.0';

/** @throws Error when Go or the module cannot be had. Reading 10 MB of YAML takes some seconds, so it is kept as JSON. */
export async function datadogOpenApi(): Promise<readonly OpenApi[]> {
  const folder = await cached({
    name: 'datadog-openapi',
    ingredients: [MODULE, 'json'],
    build: async (target) => {
      const folder = await goModule(MODULE);
      for (const version of VERSIONS) {
        const text = readFileSync(join(folder, '.generator', 'schemas', version, 'openapi.yaml'), 'utf8');
        // As YAML anchors: the documents use more of them than the reader takes for harmless.
        writeFileSync(join(target, `${version}.json`), JSON.stringify(parse(text, { maxAliasCount: -1 })));
      }
    },
  });
  return VERSIONS.map((version) => JSON.parse(readFileSync(join(folder, `${version}.json`), 'utf8')));
}

const VERSIONS = ['v1', 'v2'] as const;
