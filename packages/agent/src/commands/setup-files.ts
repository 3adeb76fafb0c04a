/**
 * `audit-relay setup --out`: writes what sinks have for the operator to install at their peers, such as a Splunk add-on. No peer
 * is asked, and of the folder only files of these names are touched.
 */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SinkOptions } from '@audit-relay/core';
import type { SetupFile, SetupStep } from '@audit-relay/sink';
import { messageOf } from '../stopping.ts';

export interface Writing {
  /** The folder; made where it is missing. */
  readonly out: string;
  readonly dryRun: boolean;
}

/** One step for each file; never rejects. */
export async function writeFiles({ plugin, config }: SinkOptions, writing: Writing): Promise<readonly SetupStep[]> {
  let files: readonly SetupFile[];
  try {
    files = (await plugin.files?.(config)) ?? [];
  } catch (error) {
    return [{ name: 'files', outcome: 'failed', detail: messageOf(error), fix: 'report it to the sink’s author' }];
  }
  const steps: SetupStep[] = [];
  for (const file of files) steps.push(await writeOne(file, writing));
  return steps;
}

async function writeOne({ name, content, detail }: SetupFile, { out, dryRun }: Writing): Promise<SetupStep> {
  const path = join(out, name);
  try {
    const found = await contentOf(path);
    if (found !== undefined && Buffer.compare(found, content) === 0) {
      return { name: path, outcome: 'current', detail };
    }
    if (!dryRun) await replace(path, content, out);
    return { name: path, outcome: found === undefined ? 'created' : 'updated', detail };
  } catch (error) {
    const fix = 'name a folder with --out in which this user may write';
    return { name: path, outcome: 'failed', detail: `not written: ${codeOf(error)}`, fix };
  }
}

/** Undefined: there is no such file, or no such folder. */
async function contentOf(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whole or not at all: somebody may be uploading the old one. */
async function replace(path: string, content: Uint8Array, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const partial = `${path}.partial`;
  try {
    await writeFile(partial, content);
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : messageOf(error);
}
