/** The `elasticsearch` sink as core sees it. */
import type { SinkPlugin } from '@audit-relay/sink';
import { nodesOf } from './address.ts';
import { type ElasticsearchConfig, elasticsearchConfigSchema } from './config.ts';
import { connect } from './connect.ts';
import { Guard } from './guard/guard.ts';
import { limitsOf, serverMsOf } from './limits.ts';
import { ElasticsearchSink } from './sink.ts';
import { DATASET, INTEGRATION_DATASET, namesOf, streamOf } from './target.ts';
import { setUpPeer } from './template.ts';

/** Elasticsearch 8 and 9, self-managed, Elastic Cloud and serverless; in YAML `type: elasticsearch`. */
export const elasticsearch: SinkPlugin<ElasticsearchConfig> = {
  type: 'elasticsearch',
  configSchema: elasticsearchConfigSchema,
  limits: limitsOf,
  document: ({ elastic_integration, mode, namespace }) => {
    if (elastic_integration) return { formats: ['raw'], dataset: INTEGRATION_DATASET, namespace };
    // A data stream refuses documents without @timestamp, which OCSF and the raw record do not have.
    const formats = mode === 'index' ? (['ecs', 'ocsf', 'raw'] as const) : (['ecs'] as const);
    return { formats, dataset: DATASET, namespace, taken: 'bytes' };
  },
  locate: ({ id }, config) => `GET /${namesOf(config)}/_search?q="${id}"`,
  overwriteRefusal: ({ mode }) =>
    mode === 'index'
      ? undefined
      : 'a data stream replaces no document: use mode: index, or replay into another namespace',
  open: async (config, context) => {
    const stream = streamOf(config);
    const guard =
      stream === undefined
        ? undefined
        : new Guard({
            stream,
            cluster: nodesOf(config).join(),
            isRequired: config.duplicate_guard === 'required',
            isByEventId: config.elastic_integration,
            bulkMs: serverMsOf(config),
            context,
          });
    return new ElasticsearchSink({ config, context, peer: await connect(config, context), guard });
  },
  setup: setUpPeer,
};
