/** How the place stands that events go to: is it there, is it writable, is there disk left. */
import type { Check } from '@audit-relay/sink';
import { z } from 'zod';
import { failureOf } from '../answer.ts';
import type { Reply } from '../connect.ts';
import { backingIndices } from '../guard/look.ts';
import { INDEX_PATTERN, indexNamer, streamOf } from '../target.ts';
import { type Examined, troubled } from './finding.ts';

/** `{".ds-logs-…-000001":{"settings":{"index":{"blocks":{"write":"true"}}}}}` */
const settingsSchema = z.record(
  z.string(),
  z.object({
    settings: z
      .object({ index: z.object({ blocks: z.record(z.string(), z.string()).catch({}) }).catch({ blocks: {} }) })
      .catch({ index: { blocks: {} } }),
  }),
);

/** Whether the stream, or the index of this moment, is there and takes events. */
export async function checkTarget(examined: Examined): Promise<readonly Check[]> {
  const { config, nowMs } = examined;
  const stream = streamOf(config);
  if (stream === undefined) return checkIndex(examined, indexNamer(config.index ?? INDEX_PATTERN)(nowMs));
  const indices = await backingIndices({ ...examined, stream });
  if (indices.kind !== 'found') return [troubled('target', indices)];
  const newest = indices.found.at(-1);
  if (newest === undefined) return [absent(stream)];
  const there: Check = { name: 'target', verdict: 'ok', detail: `${stream}, ${indices.found.length} backing indices` };
  return [there, ...(await checkBlocks(examined, newest))];
}

async function checkIndex(examined: Examined, index: string): Promise<readonly Check[]> {
  const blocks = await checkBlocks(examined, index);
  return blocks.length === 0 ? [absent(index)] : [{ name: 'target', verdict: 'ok', detail: index }, ...blocks];
}

function absent(target: string): Check {
  return { name: 'target', verdict: 'ok', detail: `${target} is not there yet; the first event creates it` };
}

/** None when there is no such index. */
async function checkBlocks({ peer, timeoutMs, signal }: Examined, index: string): Promise<readonly Check[]> {
  const path = `/${encodeURIComponent(index)}/_settings`;
  const reply = await peer.ask({ method: 'GET', path, query: { filter_path: '*.settings.index' }, timeoutMs, signal });
  if (reply.kind === 'answer' && reply.status === 404) return [];
  const read = reply.kind === 'answer' && reply.status === 200 ? settingsSchema.safeParse(reply.body) : undefined;
  if (read?.success !== true) return [unseen('writable', reply, index)];
  const blocks = Object.values(read.data).flatMap(({ settings }) => Object.entries(settings.index.blocks));
  const [block] = blocks.filter(([name, value]) => value === 'true' && BLOCKS.has(name)).map(([name]) => name);
  if (block === undefined) return [{ name: 'writable', verdict: 'ok', detail: `no block on ${index}` }];
  return [
    {
      name: 'writable',
      verdict: 'fail',
      detail: `index.blocks.${block} is set on ${index}`,
      fix: BLOCKS.get(block) ?? '',
    },
  ];
}

/** Blocks that keep events out, with what takes them away (elastic.co/docs, index blocks, read 2026-08). */
const BLOCKS: ReadonlyMap<string, string> = new Map([
  ['read_only', 'set index.blocks.read_only to null'],
  ['write', 'set index.blocks.write to null'],
  ['read_only_allow_delete', 'free disk space: the flood stage was reached; the block then goes by itself'],
]);

const diskSchema = z.object({ indicators: z.object({ disk: z.object({ status: z.string() }) }) });

/** The cluster's own verdict on its disks, since 8.7; none where it does not give one, as in serverless. */
export async function checkDisk({ peer, timeoutMs, signal }: Examined): Promise<readonly Check[]> {
  const query = { verbose: 'false' };
  const reply = await peer.ask({ method: 'GET', path: '/_health_report/disk', query, timeoutMs, signal });
  const read = diskSchema.safeParse(reply.kind === 'answer' && reply.status === 200 ? reply.body : undefined);
  const status = read.data?.indicators.disk.status;
  if (status === 'green') return [{ name: 'disk', verdict: 'ok', detail: 'no node is short of disk' }];
  if (status !== 'yellow' && status !== 'red') return [];
  const detail =
    status === 'red' ? 'nodes have reached the flood stage, or cannot tell' : 'nodes are past the high watermark';
  const fix = 'free disk space or add nodes; GET /_health_report/disk names them';
  return [{ name: 'disk', verdict: status === 'red' ? 'fail' : 'warn', detail, fix }];
}

function unseen(name: string, reply: Reply, target: string): Check {
  const failure = failureOf(reply, { events: 0, target, privilege: 'view_index_metadata' });
  return { ...troubled(name, failure), verdict: 'warn' };
}
