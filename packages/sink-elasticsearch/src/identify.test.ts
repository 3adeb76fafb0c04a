/** A server whose version is not known. */
import { batchOf, envelopes } from '@audit-relay/sink-testkit';
import { describe, expect, test } from 'vitest';
import { refusal } from './__fixtures__/emulator.ts';
import { world } from './__fixtures__/world.ts';

describe('a key that may not ask for the version', () => {
  test.each([
    { version: '9.0.0', kind: 'acked' },
    { version: '8.18.0', kind: 'acked' },
    { version: '8.5.0', kind: 'blocked' },
  ])('$version: $kind, and never a request without its safeguards', async ({ version, kind }) => {
    const { emulator, send } = await world();
    emulator.version = version;
    emulator.answers(/GET \/$/, refusal(403, 'security_exception', 'action [cluster:monitor/main] is unauthorized'));
    const result = await send(batchOf(envelopes(3)));
    expect(result).toMatchObject({ kind });
    if ('reason' in result) expect(result.reason).toContain('monitor');
    expect(emulator.bulks[0]?.path).toContain('require_data_stream=true');
    expect(emulator.bulks[0]?.path).toContain('include_source_on_error=false');
  });
});
