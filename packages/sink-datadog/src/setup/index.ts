/**
 * `audit-relay setup` for Datadog: a log pipeline, a dashboard, detection rules and monitors, put there by Datadog's own client with an application
 * key that nothing else needs.
 */
import type { SetupCall, SetupStep, SinkContext } from '@audit-relay/sink';
import type { DatadogConfig } from '../config.ts';
import { contentsFor } from './content/index.ts';
import { openDatadog } from './open.ts';
import { setUp } from './set-up.ts';
import type { Kind } from './shapes.ts';

/** The contract's `setup`: never throws, and closes what it opens. */
export async function setUpDatadog(
  config: DatadogConfig,
  context: SinkContext,
  call: SetupCall,
): Promise<readonly SetupStep[]> {
  const contents = contentsFor(
    config.source,
    config.setup.map((wanted) => KINDS_BY_KEY[wanted]),
  );
  if (contents.length === 0) return [];
  try {
    const opened = await openDatadog({ config, context, signal: call.signal });
    if ('refusal' in opened) return [{ name: opened.name, outcome: 'failed', ...opened.refusal }];
    try {
      const refusal = await opened.api.refusedKeys();
      if (refusal !== undefined) return [{ name: 'keys', outcome: 'failed', ...refusal }];
      return [...(await setUp({ api: opened.api, contents, dryRun: call.dryRun })), FACETS];
    } finally {
      await opened.close();
    }
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return [
      { name: 'set-up', outcome: 'failed', detail, fix: 'run it again: what is in place stays, and the rest follows' },
    ];
  }
}

/** What `setup` of the configuration may list. */
export const KINDS_BY_KEY: Readonly<Record<DatadogConfig['setup'][number], Kind>> = {
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
