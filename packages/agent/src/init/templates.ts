/** What `init` knows of each type of sink: what to ask, which secrets it takes, and the lines that it writes. */

/** What is no secret and differs from place to place. */
export interface Question {
  readonly key: string;
  readonly message: string;
  /** Stands in the file as `${…}` where nobody was asked. */
  readonly variable: string;
  readonly example: string;
}

/** A credential: it is never asked for, and stands in the file as `${…}` alone. */
export interface Secret {
  readonly variable: string;
  readonly what: string;
}

export interface SinkTemplate {
  readonly type: string;
  /** Its name in the file, with a number after it where there are several of the type. */
  readonly name: string;
  /** For whoever chooses. */
  readonly title: string;
  readonly questions: readonly Question[];
  readonly secrets: readonly Secret[];
  /** The keys below the sink's name, `type` left out; `answer` gives what to write for a question's key. */
  lines(answer: (key: string) => string): readonly string[];
}

export const TEMPLATES: readonly SinkTemplate[] = [
  {
    type: 'file',
    name: 'archive',
    title: 'File: one document a line',
    questions: [],
    secrets: [],
    lines: () => ['path: ./events.ecs.ndjson', '# ecs, ocsf, or raw: the record as the API gave it.', 'format: ecs'],
  },
  {
    type: 'stdout',
    name: 'screen',
    title: 'Standard output',
    questions: [],
    secrets: [],
    lines: () => ['format: ecs'],
  },
  {
    type: 'splunk-hec',
    name: 'splunk',
    title: 'Splunk, by its HTTP Event Collector',
    questions: [
      {
        key: 'url',
        message: 'Address of the HTTP Event Collector',
        variable: 'SPLUNK_HEC_URL',
        example: 'https://splunk.example.com:8088',
      },
      { key: 'index', message: 'Index of the events', variable: 'SPLUNK_INDEX', example: 'security' },
    ],
    secrets: [{ variable: 'SPLUNK_HEC_TOKEN', what: 'the token of the HTTP Event Collector' }],
    lines: (answer) => [
      `url: ${answer('url')}`,
      'token: ${SPLUNK_HEC_TOKEN}',
      '# The token must allow it.',
      `index: ${answer('index')}`,
    ],
  },
  {
    type: 'datadog',
    name: 'datadog',
    title: 'Datadog Logs',
    questions: [{ key: 'site', message: 'Site of Datadog', variable: 'DD_SITE', example: 'datadoghq.com' }],
    secrets: [{ variable: 'DD_API_KEY', what: 'an API key of Datadog' }],
    lines: (answer) => [`site: ${answer('site')}`, 'api_key: ${DD_API_KEY}'],
  },
  {
    type: 'elasticsearch',
    name: 'elastic',
    title: 'Elasticsearch',
    questions: [
      {
        key: 'node',
        message: 'Address of Elasticsearch',
        variable: 'ELASTICSEARCH_URL',
        example: 'https://elasticsearch.example.com:9200',
      },
    ],
    secrets: [{ variable: 'ELASTICSEARCH_API_KEY', what: 'an API key of Elasticsearch' }],
    lines: (answer) => ['nodes:', `  - ${answer('node')}`, 'auth:', '  api_key: ${ELASTICSEARCH_API_KEY}'],
  },
  {
    type: 'kafka',
    name: 'kafka',
    title: 'Kafka',
    questions: [
      {
        key: 'broker',
        message: 'A broker, as host:port',
        variable: 'KAFKA_BROKER',
        example: 'kafka-0.example.com:9092',
      },
      { key: 'topic', message: 'Topic', variable: 'KAFKA_TOPIC', example: 'openai.audit' },
    ],
    secrets: [],
    lines: (answer) => [
      'brokers:',
      `  - ${answer('broker')}`,
      `topic: ${answer('topic')}`,
      '# Where the brokers want it:',
      '# tls: { ca_file: /etc/ssl/kafka-ca.pem }',
      '# sasl: { mechanism: scram-sha-512, username: audit-relay, password: "${KAFKA_PASSWORD}" }',
    ],
  },
];

export function templateOf(type: string): SinkTemplate | undefined {
  return TEMPLATES.find((template) => template.type === type);
}
