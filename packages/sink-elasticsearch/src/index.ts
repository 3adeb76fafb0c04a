/** The Elasticsearch sink: one export for the core, one for who types a configuration in code. */
export {};
