/** What every sink must pass, for the ways in which this one behaves differently. */
import { describeHttpSink, type PeerRequest, type Reply } from '@audit-relay/sink-testkit';
import { actionsIn, failed, ok } from './__fixtures__/emulator.ts';
import { elasticsearch } from './plugin.ts';

const SECRET = 'a2l0LWtleTpzM2NyZXQ=';

const kinds: readonly {
  readonly name: string;
  readonly config: object;
  readonly textIn?: (request: PeerRequest) => string;
}[] = [
  { name: 'in mode index', config: { mode: 'index' } },
  { name: 'in mode data_stream', config: { duplicate_guard: 'best_effort' } },
  {
    name: 'with Elastic’s integration',
    config: { duplicate_guard: 'best_effort', elastic_integration: true },
    textIn: (request) =>
      actionsIn(request)
        .map(({ source }) => messageIn(source))
        .join('\n'),
  },
];

for (const { name, config, textIn } of kinds) {
  describeHttpSink({
    plugin: elasticsearch,
    name,
    secret: SECRET,
    configFor: ({ url }) => ({ nodes: [url], auth: { api_key: SECRET }, request_timeout_ms: 1_000, ...config }),
    idsIn: (request) => actionsIn(request).map(({ id }) => id),
    ...(textIn === undefined ? {} : { textIn }),
    accepted: (request) => answerTo(request),
    saysYesIn: 'body',
    partial: (request, index) => answerTo(request, { [index]: failed(400, 'document_parsing_exception') }),
    partialRetryable: (request, index) =>
      answerTo(request, { [index]: failed(429, 'es_rejected_execution_exception') }),
    shortYes: (request) =>
      ok({
        items: actionsIn(request)
          .slice(1)
          .map(({ id }) => ({ create: { _id: id, status: 201 } })),
      }),
    statusOf: {
      400: {
        expect: 'blocked',
        because: 'Elasticsearch refuses events one by one; without its own words a wrong address answers',
      },
    },
  });
}

/** A healthy cluster without a stream yet, but for the items whose answers are given. */
function answerTo(request: PeerRequest, answers: Readonly<Record<number, object>> = {}): Reply {
  const path = request.path.split('?')[0] ?? '';
  if (path.endsWith('/_bulk')) {
    return ok({
      items: actionsIn(request).map(({ id }, place) => ({
        create: { _id: id, ...(answers[place] ?? { status: 201 }) },
      })),
    });
  }
  if (path === '/_security/user/_has_privileges') {
    // The sink's own request.
    const { cluster, index } = JSON.parse(request.text) as {
      cluster: string[];
      index: [{ names: [string]; privileges: string[] }];
    };
    const granted = (names: readonly string[]): object => Object.fromEntries(names.map((each) => [each, true]));
    return ok({ cluster: granted(cluster), index: { [index[0].names[0]]: granted(index[0].privileges) } });
  }
  if (path === '/') return ok({ version: { number: '9.1.2', build_flavor: 'default' } });
  if (path === '/_index_template/logs-openai.audit') return ok({ index_templates: [{ name: 'logs-openai.audit' }] });
  return ok({ error: { type: 'index_not_found_exception', reason: '' }, status: 404 }, 404);
}

function messageIn(source: string): string {
  // As the sink wraps it.
  return (JSON.parse(source) as { message: string }).message;
}
