/** The file sink under the published test kit: it keeps the contract that every other sink must keep. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeSink } from '@audit-relay/sink-testkit';
import { fileSink } from './index.ts';

describeSink({
  plugin: fileSink,
  secret: { none: 'a file has no credential' },
  unreachable: async () => ({ path: join(tmpdir(), 'no-such-folder', 'events.ndjson') }),
  prepare: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'audit-relay-file-kit-'));
    const path = join(folder, 'events.ndjson');
    return {
      config: { path },
      delivered: async () => {
        // It is made by the first delivery.
        const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
        // The kit's own documents are ECS-shaped: they hold their id where the file sink looks for it.
        const ids = text
          .split('\n')
          .slice(0, -1)
          .map((line) => (JSON.parse(line) as { event: { id: string } }).event.id);
        return { ids, text };
      },
      stop: async () => rmSync(folder, { recursive: true, force: true }),
    };
  },
});
