/** A sink without a peer: it keeps lines in an array that the config names. For the basic cases. */
import type { SinkPlugin } from '@audit-relay/sink';
import { z } from 'zod';

export interface ArrayConfig {
  readonly array: string;
}

/** The arrays by name. */
export const arrays: Map<string, string[]> = new Map<string, string[]>();

export const arraySink: SinkPlugin<ArrayConfig> = {
  type: 'array',
  configSchema: z.strictObject({ array: z.string() }),
  limits: () => ({ maxEvents: 50, maxBytes: 100_000, maxEventBytes: 50_000, maxInFlight: 1, sendMs: 1_000 }),
  document: () => ({ formats: ['ecs', 'raw'] }),
  open: async ({ array }) => ({
    send: async ({ envelopes }, { signal }) => {
      signal.throwIfAborted();
      const lines = arrays.get(array) ?? [];
      arrays.set(array, [...lines, ...envelopes.map(({ json }) => json)]);
      return { kind: 'acked' };
    },
    check: async () => [{ name: 'array', verdict: 'ok', detail: 'is there' }],
    close: async () => undefined,
  }),
};
