/** That the times within one send add up to less than the time for it, so that the sink speaks before core does. */
import { expect, test } from 'vitest';
import { limitsOf, lookMsOf, serverMsOf } from './limits.ts';
import { elasticsearch } from './plugin.ts';

/** Who is there, what may we do, which indices, by id, three searches. */
const LOOKS = 7;

test.each([100, 1_001, 60_000, 600_000])('of %i ms for one answer', (request_timeout_ms) => {
  const config = elasticsearch.configSchema.parse({ nodes: ['https://es.example.com'], request_timeout_ms });
  expect(LOOKS * lookMsOf(config) + request_timeout_ms).toBeLessThan(limitsOf(config).sendMs);
  expect(serverMsOf(config)).toBeLessThan(request_timeout_ms);
});
