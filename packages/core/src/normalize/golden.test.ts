/** Worked examples, one file each: the record and both documents, to the last member and in order. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Entry, Organization } from '../entry.ts';
import type { JsonObject } from '../event.ts';
import { createRenderer } from './renderer.ts';

interface Golden {
  readonly name: string;
  readonly note: string;
  readonly context: {
    readonly received_ms: number;
    readonly organization: Organization;
    readonly agent: { readonly name: string; readonly version: string };
  };
  readonly input: JsonObject & { readonly id: string; readonly type?: string };
  readonly ecs: JsonObject;
  readonly ocsf: JsonObject;
}

const folder = new URL('./__fixtures__/golden/', import.meta.url);
const goldens = readdirSync(folder).map((file): Golden => JSON.parse(readFileSync(new URL(file, folder), 'utf8')));

function render(golden: Golden, format: 'ecs' | 'ocsf'): string {
  const { input, context } = golden;
  const entry: Entry = {
    id: input.id,
    type: input.type ?? 'unknown',
    timeMs: Number(input['effective_at'] ?? input['created_at']) * 1000,
    receivedMs: context.received_ms,
    source: 'acme',
    feed: 'organization',
    dialect: 'audit_logs',
    organization: context.organization,
    raw: JSON.stringify(input),
  };
  const shape = { format, dataset: 'openai.org_audit', namespace: 'default' };
  return createRenderer(context.agent)(entry, shape).json;
}

describe.each(goldens)('$name: $note', (golden) => {
  test.each(['ecs', 'ocsf'] as const)('the %s document is the example, member by member', (format) => {
    const json = render(golden, format);
    expect(JSON.parse(json)).toEqual(golden[format]);
    expect(json).toBe(JSON.stringify(golden[format]));
  });
});
