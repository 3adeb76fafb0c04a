/**
 * A sink that writes a line for each event that it is given, `source id first|replay`, and says yes a little later: into one file, to which
 * several processes write. What is in it was at the peer, whoever died then.
 */
import { appendFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import type { SinkPlugin } from '@audit-relay/sink';
import { z } from 'zod';

interface Config {
  readonly file: string;
}

/** As a peer far away: whoever dies, dies with something unanswered. */
const ANSWER_MS = 400;

export const recordingSink: SinkPlugin<Config> = {
  type: 'recording',
  configSchema: z.strictObject({ file: z.string() }),
  limits: () => ({ maxEvents: 20, maxBytes: 1 << 20, maxEventBytes: 1 << 20, maxInFlight: 4, sendMs: 10_000 }),
  open: async ({ file }) => ({
    send: async ({ envelopes, replay }, { signal }) => {
      const lines = envelopes.map(({ id, facts }) => `${facts.source} ${id} ${replay ? 'replay' : 'first'}\n`);
      appendFileSync(file, lines.join(''));
      await setTimeout(ANSWER_MS, undefined, { signal });
      return { kind: 'acked' };
    },
    check: async () => [],
    close: async () => undefined,
  }),
};
