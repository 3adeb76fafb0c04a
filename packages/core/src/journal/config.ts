/** What the journal can be told in YAML. */
import { z } from 'zod';
import { duration, size } from '../config/units.ts';

/** Sizes are bytes, durations milliseconds. What each key means is said by its description below. */
export interface JournalConfig {
  /** Absent: this one. */
  readonly type?: 'embedded';
  readonly path: string;
  readonly max_bytes: number;
  readonly retention: number;
  readonly create: 'auto' | 'never';
  /** Absent: `refuse`. */
  readonly on_damage?: 'refuse' | 'set_aside';
}

export const journalConfigSchema: z.ZodType<JournalConfig> = z.strictObject({
  type: z
    .literal('embedded')
    .exactOptional()
    .describe('`embedded`, in a folder of this machine; or `kafka`, which several processes share.')
    .meta({ examples: ['embedded'] }),
  path: z
    .string()
    .min(1)
    .default('./audit-relay-data')
    .describe('The folder; made when it is not there. On a disk that outlives the process, one agent a folder.'),
  max_bytes: size({ min: '16MiB', max: '1TiB' })
    .prefault('2GiB')
    .describe(
      'Bound of what the journal holds. What some sink has not taken yet is never dropped: at the bound the source waits.',
    ),
  retention: duration({ min: '0s', max: '3650d' })
    .prefault('7d')
    .describe('How long events are kept after every sink has them, as far as `max_bytes` allows.'),
  create: z
    .enum(['auto', 'never'])
    .default('auto')
    .describe('`never`: a folder without a journal is refused, so that a lost volume is noticed.'),
  on_damage: z
    .enum(['refuse', 'set_aside'])
    .default('refuse')
    .describe(
      'What becomes of a damaged journal at a start. `refuse`: nothing, a person decides. `set_aside`: it is moved into `set-aside/` in its folder with an alarm, ' +
        'and a new one is begun, into which goes what can be read of the old one; the rest is read from the API again. For an agent that nobody watches.',
    ),
});
