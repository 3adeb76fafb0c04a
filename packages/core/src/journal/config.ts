/** What the journal can be told in YAML. */
import { z } from 'zod';
import { duration, size } from '../config/units.ts';

export interface JournalConfig {
  /** The folder; created when it is not there. */
  readonly path: string;
  /** Bound of what the journal holds, in bytes; a reserve stands beside it. */
  readonly max_bytes: number;
  /** How long entries are kept after every lane has passed them, in milliseconds. */
  readonly retention: number;
  /** `never`: a folder without a journal is refused, so that a lost volume is noticed. */
  readonly create: 'auto' | 'never';
}

export const journalConfigSchema: z.ZodType<JournalConfig> = z.strictObject({
  path: z.string().min(1).default('./audit-relay-data'),
  max_bytes: size({ min: '16MiB', max: '1TiB' }).prefault('2GiB'),
  retention: duration({ min: '0s', max: '3650d' }).prefault('7d'),
  create: z.enum(['auto', 'never']).default('auto'),
});
