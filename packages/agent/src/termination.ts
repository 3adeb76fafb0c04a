/**
 * Where a container's manager looks for the reason of an end: a file that it names, which Kubernetes shows in
 * `kubectl describe pod` (https://kubernetes.io/docs/tasks/debug/debug-application/determine-reason-pod-failure/).
 */
import { writeFileSync } from 'node:fs';
import { without } from './asking.ts';

/** What Kubernetes reads of the file, in bytes. */
const MAX_BYTES = 4_096;
const CUT = '\n…';

/** What was said last, and what must not be seen of it. */
export interface Ending {
  /** Absent: nobody asked for it. */
  readonly file: string | undefined;
  readonly text: string;
  readonly secrets: readonly string[];
}

/** Never throws: the reason is on stderr too, and a file that cannot be written must not hide it. */
export function tellEnd({ file, text, secrets }: Ending): void {
  if (file === undefined) return;
  try {
    writeFileSync(file, within(MAX_BYTES, without(secrets, text)));
  } catch {
    // Said on stderr already.
  }
}

/** Whole characters alone. */
function within(maxBytes: number, text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  // Bytes 10xxxxxx go on with a character.
  let end = maxBytes - Buffer.byteLength(CUT);
  while (((bytes[end] ?? 0) & 0b1100_0000) === 0b1000_0000) end -= 1;
  return bytes.toString('utf8', 0, end) + CUT;
}
