/** The JSON Schema of the YAML file, for editors: made from the very schemas that read it. */
import {
  journalConfigSchema,
  laneConfigSchema,
  normalizationConfigSchema,
  sourceConfigSchema,
  sourceMemorySchema,
} from '@audit-relay/core';
import type { SinkPlugin } from '@audit-relay/sink';
import { jsonSchemaOf } from './check.ts';
import { followConfigSchema, httpConfigSchema, logConfigSchema, nameSchema, PART_NAME } from './schema.ts';

/** A node of JSON Schema 2020-12; of what it may hold only what is used here is named. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** Sinks of other types than those of `plugins` are let through: another machine may have them. */
export function configJsonSchema(plugins: readonly SinkPlugin<unknown>[]): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Audit Relay configuration',
    type: 'object',
    properties: {
      name: part(jsonSchemaOf(nameSchema)),
      sources: {
        description: 'One organization’s audit log each, by a name of yours.',
        examples: [{ acme: { type: 'openai', api_key: '${OPENAI_ADMIN_KEY}' } }],
        ...named(part(jsonSchemaOf(sourceConfigSchema))),
      },
      source_memory: part(jsonSchemaOf(sourceMemorySchema)),
      journal: {
        description: 'Where every event is kept until all sinks have it.',
        examples: [{ path: './audit-relay-data', max_bytes: '2GiB' }],
        anyOf: [part(jsonSchemaOf(journalConfigSchema)), OTHER_JOURNAL],
      },
      ...Object(part(jsonSchemaOf(normalizationConfigSchema))['properties']),
      sinks: {
        description: 'Where the events go, by a name of yours. Each goes at its own pace.',
        examples: [{ archive: { type: 'file', path: './events.ecs.ndjson' } }],
        ...named(sinkSchema(plugins)),
      },
      http: {
        description: 'The agent’s own port.',
        examples: [{ listen: '127.0.0.1:9464' }],
        ...part(jsonSchemaOf(httpConfigSchema)),
      },
      log: {
        description: 'The agent’s own log.',
        examples: [{ level: 'info' }],
        ...part(jsonSchemaOf(logConfigSchema)),
      },
      config: {
        description: 'How this file is followed while the agent runs.',
        examples: [{ watch: false }],
        ...part(jsonSchemaOf(followConfigSchema)),
      },
    },
    required: ['sources', 'sinks'],
    additionalProperties: false,
    $defs: {
      substitution: { type: 'string', pattern: '\\$\\{.+\\}', description: '${VAR}, ${VAR:-default} or ${file:/path}' },
    },
  };
}

/** Its keys are its package's: `packages/journal-kafka/README.md` has them. */
const OTHER_JOURNAL: JsonSchema = {
  type: 'object',
  properties: { type: { const: 'kafka', description: 'The journal on Kafka, of a package of its own.' } },
  required: ['type'],
};

function named(schema: JsonSchema): JsonSchema {
  return {
    type: 'object',
    minProperties: 1,
    propertyNames: { pattern: PART_NAME.source },
    additionalProperties: schema,
  };
}

/** One of the types that are known here with its own keys, or any other type with any keys. */
function sinkSchema(plugins: readonly SinkPlugin<unknown>[]): JsonSchema {
  const types = plugins.map(({ type }) => type);
  const description = `${types.join(', ')}, an npm package, or a path`;
  const other = {
    type: 'object',
    properties: { type: { type: 'string', not: { enum: types }, description, examples: ['./my-sink.js'] } },
    required: ['type'],
  };
  return { anyOf: [...plugins.map(ofPlugin), other] };
}

/** The lane's keys and the plugin's stand side by side in YAML. */
function ofPlugin({ type, configSchema }: SinkPlugin<unknown>): JsonSchema {
  const lane = part(jsonSchemaOf(laneConfigSchema));
  const own = part(jsonSchemaOf(configSchema));
  return {
    ...own,
    properties: {
      ...Object(own['properties']),
      ...Object(lane['properties']),
      type: { const: type, description: `A ${type} sink.` },
    },
    required: ['type', ...(Array.isArray(own['required']) ? own['required'] : [])],
  };
}

/** What an editor shows of a key, whichever form its value takes. */
const ANNOTATIONS: readonly string[] = ['title', 'description', 'default', 'examples'];

/** Of a whole schema, what stands inside another one; whatever is no text may also come from a variable. */
function part(schema: object): JsonSchema {
  const { $schema: _, ...rest } = Object(substitutable(schema));
  return rest;
}

function substitutable(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(substitutable);
  if (typeof schema !== 'object' || schema === null) return schema;
  const mended = Object.fromEntries(Object.entries(schema).map(([keyword, value]) => [keyword, substitutable(value)]));
  if (!isNarrow(mended)) return mended;
  const of = (isAnnotation: boolean): JsonSchema =>
    Object.fromEntries(Object.entries(mended).filter(([keyword]) => ANNOTATIONS.includes(keyword) === isAnnotation));
  return { ...of(true), anyOf: [of(false), { $ref: '#/$defs/substitution' }] };
}

/** Whether a text `${…}` would be refused though the agent would take it. */
function isNarrow({ type, enum: values, format, pattern }: JsonSchema): boolean {
  const scalar = type === 'number' || type === 'integer' || type === 'boolean';
  return scalar || (type === 'string' && [values, format, pattern].some((keyword) => keyword !== undefined));
}
