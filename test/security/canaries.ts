/** Secrets that can be looked for: each stands in one place alone, so that a leak names where it came from. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Something that was written: a stream, an answer, a file. */
export interface Written {
  readonly where: string;
  readonly bytes: Buffer;
}

const MARK = 'cAnArY7f3a';

/** A secret for this place, of letters and digits alone, as long as a real key. */
export function canary(place: string): string {
  return `sk${MARK}${place.replaceAll(/[^A-Za-z0-9]/g, '')}x9Qz`;
}

/** Every canary in these, with the place where it was found: as it stands, in base64 at any offset, or in hex. */
export function leaksIn(written: readonly Written[], canaries: readonly string[]): readonly string[] {
  return written.flatMap(({ where, bytes }) => {
    const text = bytes.toString('latin1');
    return canaries.filter((one) => forms(one).some((form) => text.includes(form))).map((one) => `${where}: ${one}`);
  });
}

function forms(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const inBase64 = [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before, 'u'), bytes]).toString('base64');
    // What stands at the ends depends on the neighbours.
    return encoded.slice(before === 0 ? 0 : before + 1, -4);
  });
  return [secret, ...inBase64, bytes.toString('hex')];
}

/** Every file below a folder. */
export function filesBelow(folder: string): readonly Written[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ where: path.slice(folder.length + 1), bytes: readFileSync(path) }));
}
