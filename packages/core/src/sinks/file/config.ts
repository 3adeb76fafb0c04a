/** What the `file` sink can be told in YAML. */
import { z } from 'zod';
import { size } from '../../config/units.ts';

export interface FileConfig {
  /** The file; its folder must exist. */
  readonly path: string;
  /**
   * The file is set aside as `<path>.<n>` before a batch would take it past this many bytes; a batch
   * is never divided, so one that is larger makes a larger file. Absent: it grows.
   */
  readonly max_bytes?: number;
}

export const fileConfigSchema: z.ZodType<FileConfig> = z.strictObject({
  path: z.string().min(1),
  max_bytes: size({ min: '1kB' }).exactOptional(),
});
