/**
 * `audit-relay setup` for Datadog: a log pipeline, a dashboard, detection rules and monitors, put there by Datadog's own client with an application
 * key that nothing else needs.
 */
import type { SetupCall, SetupStep, SinkContext } from '@audit-relay/sink';
import type { DatadogConfig } from '../config.ts';
import { contentsFor } from './content/index.ts';
import { type Opening, openDatadog } from './open.ts';
import { type KindStanding, setUp, standings } from './set-up.ts';
import type { Content, DatadogApi, Kind, Refusal } from './shapes.ts';

/** The contract's `setup`: never throws, and closes what it opens. */
export async function setUpDatadog(
  config: DatadogConfig,
  context: SinkContext,
  { signal, dryRun }: SetupCall,
): Promise<readonly SetupStep[]> {
  const contents = wantedBy(config);
  if (contents.length === 0) return [];
  try {
    const done = await withApi({ config, context, signal }, (api) => setUp({ api, contents, dryRun }));
    if ('refusal' in done) return [{ name: done.name, outcome: 'failed', ...done.refusal }];
    return [...done.value, FACETS];
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    const fix = 'run it again: what is in place stays, and the rest follows';
    return [{ name: 'set-up', outcome: 'failed', detail, fix }];
  }
}

/** For `doctor`: how the contents stand, or what keeps that from being known. @throws what `openDatadog` does, and the signal's reason. */
export function contentStandings(opening: Opening): Promise<Done<readonly KindStanding[]>> {
  return withApi(opening, (api) => standings({ api, contents: wantedBy(opening.config) }));
}

type Done<Value> = { readonly value: Value } | { readonly name: string; readonly refusal: Refusal };

async function withApi<Value>(opening: Opening, work: (api: DatadogApi) => Promise<Value>): Promise<Done<Value>> {
  const opened = await openDatadog(opening);
  if ('refusal' in opened) return opened;
  try {
    const refusal = await opened.api.refusedKeys();
    return refusal === undefined ? { value: await work(opened.api) } : { name: 'keys', refusal };
  } finally {
    await opened.close();
  }
}

function wantedBy({ source, setup }: DatadogConfig): readonly Content[] {
  return contentsFor(
    source,
    setup.map((wanted) => KINDS_BY_KEY[wanted]),
  );
}

/** What `setup` of the configuration may list. */
const KINDS_BY_KEY: Readonly<Record<DatadogConfig['setup'][number], Kind>> = {
  pipeline: 'log pipeline',
  dashboard: 'dashboard',
  detection_rules: 'detection rule',
  monitors: 'monitor',
};

/** Datadog's API has no way to make a facet of logs (its OpenAPI documents of November 2026), so it is said each time. */
const FACETS: SetupStep = {
  name: 'facets',
  outcome: 'left alone',
  detail: 'Datadog’s API cannot make them; what is put here groups by attributes that have facets already',
  fix: 'to have a list beside your searches, click openai.role, openai.actor.type or evt.category in any event, then Create facet',
};

export { type Opening, openApiHttp } from './open.ts';
export type { KindStanding } from './set-up.ts';
export type { Standing } from './standing.ts';
