/** The Elasticsearch sink: one export for the core, one for who types a configuration in code. */
export type { ElasticsearchConfig } from './config.ts';
export { elasticsearch } from './plugin.ts';
