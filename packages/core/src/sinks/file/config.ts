/** What the `file` sink can be told in YAML. */
import { z } from 'zod';
import { size } from '../../config/units.ts';

/** What each key means is said by its description below. A batch is never divided: a larger one makes a larger file. */
export interface FileConfig {
  readonly path: string;
  /** In bytes. */
  readonly max_bytes?: number;
}

export const fileConfigSchema: z.ZodType<FileConfig> = z
  .strictObject({
    path: z
      .string()
      .min(1)
      .describe(
        'The file, one document a line; its folder must exist. The ids of what was written are kept beside it, in `<path>.ids`: to have an event written again, remove both.',
      )
      .meta({ examples: ['./events.ecs.ndjson'] }),
    max_bytes: size({ min: '1kB' })
      .exactOptional()
      .describe('Before a batch would take the file past this, it is set aside as `<path>.<n>`. Absent: it grows.')
      .meta({ examples: ['100MiB'] }),
  })
  .describe(
    'One document a line, each event once, whatever is sent again: the ids of all that it wrote are kept beside the file.',
  );
