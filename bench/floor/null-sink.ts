/** A plugin that takes everything at once, loaded by the relay's own command by its path: what is left is the path's own cost. */
import type { SinkPlugin } from '@audit-relay/sink';
import { z } from 'zod';

export const nullSink: SinkPlugin<object> = {
  type: 'null',
  configSchema: z.strictObject({}),
  limits: () => ({ maxEvents: 1000, maxBytes: 5_000_000, maxEventBytes: 1_000_000, maxInFlight: 4, sendMs: 10_000 }),
  open: async () => ({
    send: async () => ({ kind: 'acked' }),
    check: async () => [{ name: 'null', verdict: 'ok', detail: 'always' }],
    close: async () => undefined,
  }),
};
