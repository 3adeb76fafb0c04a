/**
 * The `file` sink: one document a line, appended to a file that is flushed before the ack, and an index of the ids
 * beside it, so that each event is written once whatever happens to the process, the journal or the lines.
 */
import type { SinkPlugin } from '@audit-relay/sink';
import { type FileConfig, fileConfigSchema } from './config.ts';
import { FileSink } from './sink.ts';

export type { FileConfig } from './config.ts';

const MAX_BATCH_BYTES = 8 * 2 ** 20;

export const fileSink: SinkPlugin<FileConfig> = {
  type: 'file',
  configSchema: fileConfigSchema,
  // One send at a time: what a failed one has left behind is cut off before the next begins.
  limits: () => ({
    maxEvents: 1_000,
    maxBytes: MAX_BATCH_BYTES,
    maxEventBytes: MAX_BATCH_BYTES,
    maxInFlight: 1,
    sendMs: 60_000,
  }),
  open: async (config, context) => new FileSink(config, context),
};
