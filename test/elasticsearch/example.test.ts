/** The example of `config/` into Elasticsearch, run as it stands against a real node. */
import { expect, test } from 'vitest';
import { deliver, idsIn, withExample } from '../agent/example.ts';
import { useNode } from './node.ts';

const node = useNode({ version: '9.5.3' });

test('elastic.yaml: set up, then everything delivered', async () => {
  await withExample('elastic.yaml', async (example) => {
    const env = {
      ELASTICSEARCH_URL: node().url,
      ELASTICSEARCH_API_KEY: 'a2V5OnNlY3JldA==',
      ELASTICSEARCH_NAMESPACE: 'examples',
    };
    expect(await example.command(['setup'], env)).toMatchObject({ code: 0 });
    await deliver(example, env);
    const stream = `${node().url}/logs-openai.org_audit-examples`;
    await fetch(`${stream}/_refresh`, { method: 'POST' });
    const found: unknown = await (await fetch(`${stream}/_search?size=1000`)).json();
    const hits = Object(Object(found).hits).hits as readonly { readonly _source: unknown }[];
    expect(idsIn(hits.map(({ _source }) => _source))).toEqual(example.ids());
  });
});
