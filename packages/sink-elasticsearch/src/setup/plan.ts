/**
 * From the sink's configuration and its server's version to the exact bodies that set-up puts in place. Pure: the same
 * question always makes the same bytes.
 *
 * Both modes share a component template with the mappings; `format: raw` has its own. A data stream has an index template beside it, with a
 * lifecycle and the failure store, which all namespaces share: a retention is the stream's own, so that two sinks
 * with two retentions never change each other's. Indices by time have an index template of their pattern, and with a
 * retention a policy of index lifecycle management (ILM) that deletes them.
 */
import type { SetupStep } from '@audit-relay/sink';
import { fieldProperties, type JsonObject, PAYLOAD, rawFields } from './fields.ts';
import { owned } from './owned.ts';
import type { OwnedObject, SetupPlan, SetupQuestion } from './shapes.ts';

/** The mappings, whatever the mode. */
const COMPONENT = 'audit-relay-openai';

/** The dataset's template; also the first part of its streams' names. */
const STREAMS = 'logs-openai.org_audit';

/**
 * Elastic's own templates stand at 100 and those of its integrations at 200; beyond 500 nothing of theirs is met
 * (elastic.co/docs, "Avoid index pattern collisions", read 2026-11). Whoever wants another template takes more.
 */
const PRIORITY = 500;

/** Lifecycles of data streams are general from 8.14 on; the limit on dynamic fields came with the same release. */
const OLDEST = [8, 14] as const;

/** @returns bodies in the order in which one needs the other, and what is known without asking. */
export function setupPlan(question: SetupQuestion): SetupPlan {
  if (!question.serverless && !isAtLeast(question.version, OLDEST)) return { objects: [], settled: [tooOld(question)] };
  return question.mode === 'index' ? planOfIndices(question) : planOfStream(question);
}

function planOfStream({ namespace, retention, serverless, version }: SetupQuestion): SetupPlan {
  const knowsFailureStore = serverless || isAtLeast(version, [9, 1]) || /^8\.(19|[2-9]\d)\b/.test(version);
  const template = {
    mappings: { properties: { data_stream: dataStreamFields('constant_keyword') } },
    // Without one nothing would ever roll over. It holds no retention: that is the stream's.
    lifecycle: { enabled: true },
    ...(knowsFailureStore ? { data_stream_options: { failure_store: { enabled: true } } } : {}),
  };
  return {
    objects: [
      component(),
      indexTemplate(STREAMS, { pattern: `${STREAMS}-*`, mappings: COMPONENT }, { data_stream: {}, template }),
    ],
    stream: { name: `${STREAMS}-${namespace}`, ...(retention === undefined ? {} : { retention }) },
    settled: [],
  };
}

function planOfIndices(question: SetupQuestion): SetupPlan {
  const { indexPattern, retention } = question;
  const name = `audit-relay-${indexPattern.replaceAll('%Y', 'yyyy').replaceAll('%m', 'mm').replaceAll('%d', 'dd')}`;
  const refused = retention === undefined ? undefined : refusedDeletion(question);
  const isDeleted = retention !== undefined && refused === undefined;
  const isRaw = question.format === 'raw';
  const template = {
    ...(isDeleted ? { settings: { index: { lifecycle: { name } } } } : {}),
    // Sinks with other namespaces may share the indices.
    ...(isRaw ? {} : { mappings: { properties: { data_stream: dataStreamFields('keyword') } } }),
  };
  const mappings = isRaw ? rawComponent() : component();
  return {
    objects: [
      mappings,
      ...(isDeleted ? [deletion(name, indexPattern, retention)] : []),
      indexTemplate(name, { pattern: indexPattern.replaceAll(/%[Ymd]/g, '*'), mappings: mappings.name }, { template }),
    ],
    settled: refused === undefined ? [] : [refused],
  };
}

/** What ECS does not know is mapped as it comes, up to a limit; beyond it a field is kept and not indexed. */
function component(): OwnedObject {
  const strings = { match_mapping_type: 'string', mapping: { type: 'keyword', ignore_above: 1024 } };
  // Of OCSF documents, which mode: index takes too: where the payload stands.
  const payloads = {
    match_mapping_type: 'object',
    path_match: ['entity.data', 'entity_result.data', 'unmapped'],
    mapping: PAYLOAD,
  };
  return owned('component template', COMPONENT, {
    template: {
      settings: {
        index: {
          mapping: { ignore_malformed: true, total_fields: { limit: 300, ignore_dynamic_beyond_limit: true } },
        },
      },
      mappings: {
        dynamic: true,
        date_detection: false,
        dynamic_templates: [{ payloads }, { strings }],
        properties: fieldProperties(),
      },
    },
  });
}

/**
 * The API's own record, whose fields nobody promises: one that is a text today may be an object tomorrow, and Elasticsearch
 * refuses such a document for good. So nothing is parsed; what is documented is read from the source where it is searched.
 */
function rawComponent(): OwnedObject {
  return owned('component template', `${COMPONENT}-raw`, {
    template: { mappings: { enabled: false, runtime: rawFields() } },
  });
}

/** `<name>@custom` is the operator's: what stands there is no business of ours, and may not be there. */
function indexTemplate(
  name: string,
  { pattern, mappings }: { readonly pattern: string; readonly mappings: string },
  rest: JsonObject,
): OwnedObject {
  const custom = `${name}@custom`;
  return owned('index template', name, {
    index_patterns: [pattern],
    priority: PRIORITY,
    composed_of: [mappings, custom],
    ignore_missing_component_templates: [custom],
    ...rest,
  });
}

/** A constant is one per stream, taken from the first document where it is not named here. */
function dataStreamFields(type: 'constant_keyword' | 'keyword'): JsonObject {
  return { properties: { type: { type }, dataset: { type }, namespace: { type } } };
}

/**
 * An index's age counts from its creation, with its first event, so the length of its period is added: its last
 * event, too, is kept for the whole retention.
 */
function deletion(name: string, pattern: string, retention: string): OwnedObject {
  const amount = Number.parseInt(retention, 10);
  const days = periodDays(pattern) ?? 0;
  const minAge = retention.endsWith('h') ? `${amount + 24 * days}h` : `${amount + days}d`;
  return owned('lifecycle policy', name, { phases: { delete: { min_age: minAge, actions: { delete: {} } } } });
}

/** Days that one index spans at most; undefined when its name comes again, so that it never ends. */
function periodDays(pattern: string): number | undefined {
  if (!pattern.includes('%Y')) return undefined;
  if (!pattern.includes('%m')) return 366;
  return pattern.includes('%d') ? 1 : 31;
}

function refusedDeletion({ indexPattern, serverless }: SetupQuestion): SetupStep | undefined {
  const step = { name: 'retention', outcome: 'left alone' } as const;
  if (serverless) {
    const detail = 'a serverless project has lifecycles for data streams only; nothing is deleted';
    return { ...step, detail, fix: 'use mode: data_stream, or delete old indices yourself and leave retention out' };
  }
  if (periodDays(indexPattern) !== undefined) return undefined;
  const detail = `${indexPattern} gets events for ever, and would be deleted with the newest of them; nothing is deleted`;
  return { ...step, detail, fix: 'put %Y into index, as in openai-audit-%Y.%m' };
}

function tooOld({ version }: SetupQuestion): SetupStep {
  return {
    name: 'server',
    outcome: 'failed',
    detail: `Elasticsearch ${version} is older than ${OLDEST.join('.')}, the first that has what the templates use`,
    fix: 'upgrade it, or keep a template of your own and leave manage_template out',
  };
}

function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}
