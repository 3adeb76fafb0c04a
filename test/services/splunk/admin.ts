/**
 * What an administrator does in Splunk beside the product, by its REST API: tokens, indexes, searches. As in the REST API
 * reference (`data/inputs/http`, `data/indexes`, `search/v2/jobs/export`).
 */
import { request } from 'node:https';
import { text } from 'node:stream/consumers';

export interface SplunkAdmin {
  makeIndex(name: string): Promise<void>;
  /** A token of the collector; its value. */
  makeToken(name: string, keys: Readonly<Record<string, string>>): Promise<string>;
  /** Rows of a search over all time, each field a text. */
  search(query: string): Promise<readonly Readonly<Record<string, string>>[]>;
}

/** @param url of the management port, whose certificate nobody has signed. */
export function splunkAdmin(url: string, password: string): SplunkAdmin {
  const post = (path: string, form: Readonly<Record<string, string>>): Promise<string> =>
    posted(`${url}${path}`, { form, authorization: `Basic ${Buffer.from(`admin:${password}`).toString('base64')}` });
  return {
    makeIndex: async (name) => void (await post('/services/data/indexes', { name, output_mode: 'json' })),
    makeToken: async (name, keys) => {
      const answer = await post('/services/data/inputs/http', { name, output_mode: 'json', ...keys });
      // Of what was made, the one entry.
      const { entry } = JSON.parse(answer) as { entry: readonly { content: { token: string } }[] };
      return entry[0]?.content.token ?? '';
    },
    search: async (query) => {
      const form = { search: `search ${query}`, earliest_time: '0', latest_time: '+1y', output_mode: 'json' };
      const lines = (await post('/services/search/v2/jobs/export', form)).split('\n').filter((line) => line !== '');
      return lines.flatMap((line) => {
        // One object a row; previews have no result.
        const { result } = JSON.parse(line) as { result?: Readonly<Record<string, string>> };
        return result === undefined ? [] : [result];
      });
    },
  };
}

interface Posting {
  readonly form: Readonly<Record<string, string>>;
  readonly authorization: string;
}

async function posted(url: string, { form, authorization }: Posting): Promise<string> {
  const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded' };
  // Of a container of this very test.
  const asked = request(url, { method: 'POST', headers, rejectUnauthorized: false });
  asked.end(new URLSearchParams(form).toString());
  const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    asked.on('response', resolve).on('error', reject);
  });
  const said = await text(response);
  const { statusCode = 0 } = response;
  if (statusCode >= 300) throw new Error(`${new URL(url).pathname}: ${statusCode} ${said.slice(0, 500)}`);
  return said;
}
