/** What the `elasticsearch` sink can be told in YAML; what every file below works from. */
import { proxySchema, type TlsFiles, tlsSchema } from '@audit-relay/sink-http';
import { z } from 'zod';
import { hostOfCloudId, isLoopback } from './address.ts';
import { INDEX_PATTERN, patternProblem } from './target.ts';

/** What each key means is said by its description below. One of `nodes` and `cloud_id` is there. */
export interface ElasticsearchConfig {
  readonly nodes?: readonly string[];
  readonly cloud_id?: string;
  readonly auth?: Auth;
  readonly mode: 'data_stream' | 'index';
  readonly namespace: string;
  readonly index?: string;
  readonly overwrites: boolean;
  readonly duplicate_guard: 'required' | 'best_effort';
  readonly elastic_integration: boolean;
  readonly manage_template: boolean;
  readonly retention?: string;
  /** Milliseconds. */
  readonly request_timeout_ms: number;
  readonly tls?: TlsFiles;
  readonly ca_fingerprint?: string;
  readonly proxy?: string;
}

/** One way to show who we are: `api_key`, `username` with `password`, or `bearer`. */
export interface Auth {
  readonly api_key?: string;
  readonly username?: string;
  readonly password?: string;
  readonly bearer?: string;
}

const text = z.string().min(1);

const node = z
  .url({ protocol: /^https?$/, error: 'expected a URL such as https://es.example.com:9200', abort: true })
  .refine((url) => new URL(url).protocol === 'https:' || isLoopback(url), {
    error: 'expected https: credentials and events would cross the network in the clear (http only for loopback)',
  })
  .refine((url) => new URL(url).username === '' && new URL(url).password === '', {
    error: 'expected no credentials in the address: put them under auth',
  });

const apiKey = text
  .refine((key) => !key.includes(':'), { error: 'expected the `encoded` form of the key, which has no colon' })
  .describe('An API key in the `encoded` form in which Elasticsearch shows it.')
  .meta({ examples: ['${ELASTICSEARCH_API_KEY}'] });

/** The keys that belong together, in the alphabet's order. */
const WAYS = ['api_key', 'bearer', 'password,username'];

const auth = z
  .strictObject({
    api_key: apiKey.exactOptional(),
    username: text
      .exactOptional()
      .describe('A user; goes with `password`.')
      .meta({ examples: ['audit-relay'] }),
    password: text
      .exactOptional()
      .describe('Of that user.')
      .meta({ examples: ['${PASSWORD}'] }),
    bearer: text
      .exactOptional()
      .describe('A token of a service account or of a token service.')
      .meta({ examples: ['${file:/run/secrets/elasticsearch_token}'] }),
  })
  .refine((auth) => WAYS.includes(Object.keys(auth).toSorted().join()), {
    error: 'expected one of: api_key; username and password; bearer',
  });

const keys = z.strictObject({
  nodes: z
    .array(node)
    .min(1)
    .exactOptional()
    .describe('Addresses of the cluster, tried in turn; https unless loopback.')
    .meta({ examples: [['https://elasticsearch.example.com:9200']] }),
  cloud_id: text
    .refine((id) => hostOfCloudId(id) !== undefined, { error: 'expected a cloud id such as my-deployment:ZXUt…' })
    .exactOptional()
    .describe('Of an Elastic Cloud deployment, in place of `nodes`.')
    .meta({ examples: ['my-deployment:ZXUtd2VzdC0xLmF3cy5mb3VuZC5pbyRhYmM='] }),
  auth: auth
    .exactOptional()
    .describe('Absent: none, or the client certificate under `tls`.')
    .meta({ examples: [{ api_key: '${ELASTICSEARCH_API_KEY}' }] }),
  mode: z
    .enum(['data_stream', 'index'])
    .default('data_stream')
    .describe('`index` holds each event once by construction; `data_stream` by looking before it writes again.'),
  namespace: z
    .string()
    .regex(/^[^-\\/*?"<>|\s,#:A-Z]{1,100}$/, {
      error: 'expected lower case without - \\ / * ? " < > | , # : or spaces',
    })
    .default('default')
    .describe('Last part of the data stream’s name: `logs-openai.org_audit-<namespace>`.'),
  index: text
    .superRefine((pattern, context) => {
      const message = patternProblem(pattern);
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    })
    .exactOptional()
    .describe(
      `With \`mode: index\`: the index of an event by its own time, UTC; %Y, %m, %d. Absent: \`${INDEX_PATTERN}\`.`,
    )
    .meta({ examples: ['openai-audit-%Y.%m'] }),
  overwrites: z
    .boolean()
    .default(false)
    .describe(
      'With `mode: index`: an event sent again replaces its document, so that a replay brings a better mapping.',
    ),
  duplicate_guard: z
    .enum(['required', 'best_effort'])
    .default('required')
    .describe('With `mode: data_stream`: whether events that may be held already wait until that can be looked up.'),
  elastic_integration: z
    .boolean()
    .default(false)
    .describe(
      'Feeds Elastic’s own OpenAI integration: the raw record as `message` into `logs-openai.audit-<namespace>`.',
    ),
  manage_template: z
    .boolean()
    .default(false)
    .describe('Puts our index template in place at the first use; otherwise `audit-relay setup` does so once.'),
  retention: z
    .string()
    .regex(/^[1-9]\d*(d|h)$/, { error: 'expected days or hours, such as 90d' })
    .exactOptional()
    .describe('With our template: how long the peer keeps events. Absent: for ever.')
    .meta({ examples: ['365d'] }),
  request_timeout_ms: z
    .int()
    .min(100)
    .max(600_000)
    .default(60_000)
    .describe('Longest wait for one answer, in milliseconds. The server itself is told half of it.'),
  tls: tlsSchema
    .exactOptional()
    .describe('For a certificate authority of your own, and for client certificates.')
    .meta({ examples: [{ ca_file: '/etc/ssl/company-ca.pem' }] }),
  ca_fingerprint: text
    .regex(/^([0-9a-f]{2}:?){31}[0-9a-f]{2}$/i, { error: 'expected a SHA-256 fingerprint: 32 bytes in hex' })
    .exactOptional()
    .describe('SHA-256 fingerprint of the authority that signed the cluster’s certificate, in place of `tls.ca_file`.')
    .meta({
      examples: ['a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1'],
    }),
  proxy: proxySchema
    .exactOptional()
    .describe('An HTTP proxy, such as `http://proxy.example.com:3128`; goes before `HTTPS_PROXY`.')
    .meta({ examples: ['http://proxy.example.com:3128'] }),
});

/** Keys that contradict each other: what is wrong, at which key, and what was expected. */
const CONTRADICTIONS: readonly {
  readonly key: keyof ElasticsearchConfig;
  readonly isWrong: (config: ElasticsearchConfig) => boolean;
  readonly message: string;
}[] = [
  {
    key: 'nodes',
    isWrong: ({ nodes, cloud_id }) => (nodes === undefined) === (cloud_id === undefined),
    message: 'expected either nodes or cloud_id',
  },
  {
    key: 'overwrites',
    isWrong: ({ overwrites, mode }) => overwrites && mode === 'data_stream',
    message: 'expected mode: index: a data stream replaces no document',
  },
  {
    key: 'index',
    isWrong: ({ index, mode }) => index !== undefined && mode === 'data_stream',
    message: 'expected mode: index: a data stream is named by its namespace',
  },
  {
    key: 'elastic_integration',
    isWrong: ({ elastic_integration, mode }) => elastic_integration && mode === 'index',
    message: 'expected mode: data_stream, which the integration reads',
  },
  {
    key: 'manage_template',
    isWrong: ({ elastic_integration, manage_template }) => elastic_integration && manage_template,
    message: 'expected false: the integration brings its own template',
  },
  {
    key: 'ca_fingerprint',
    isWrong: ({ ca_fingerprint, nodes = [] }) =>
      ca_fingerprint !== undefined && nodes.some((url) => url.startsWith('http:')),
    message: 'expected https nodes',
  },
];

export const elasticsearchConfigSchema: z.ZodType<ElasticsearchConfig> = keys.superRefine((config, context) => {
  for (const { key, isWrong, message } of CONTRADICTIONS) {
    if (isWrong(config)) context.addIssue({ code: 'custom', path: [key], message });
  }
});
