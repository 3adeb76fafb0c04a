/** The types of the simulator's events, which its truth does not tell. */
import { defaultKey } from '@audit-relay/openai-simulator';

/** The type of each event that can be seen, by asking the API at `root`, past the wire and without faults. */
export async function typesById(root: string): Promise<Map<string, string>> {
  const types = new Map<string, string>();
  for (const tenantOnly of ['false', 'true']) {
    for (let after: string | undefined; ; ) {
      const url = new URL(`${root}/organization/audit_logs?limit=100&tenant_only=${tenantOnly}`);
      if (after !== undefined) url.searchParams.set('after', after);
      const response = await fetch(url, { headers: { authorization: `Bearer ${defaultKey}` } });
      const page = (await response.json()) as Page;
      for (const { id, type } of page.data) types.set(id, type);
      if (!page.has_more) break;
      after = page.last_id;
    }
  }
  return types;
}

/** The simulator's own. */
interface Page {
  readonly data: readonly { readonly id: string; readonly type: string }[];
  readonly has_more: boolean;
  readonly last_id: string;
}
