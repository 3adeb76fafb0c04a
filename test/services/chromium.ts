/**
 * A headless Chromium, which is Debian's package: the one of this machine, or unpacked beside the other servers of tests, with
 * a font of its own so that pages look alike everywhere. Driven by playwright-core, which downloads nothing.
 */
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { debianPackages, onPath } from './debian.ts';

const PACKAGES = ['chromium', 'fonts-inter', 'fonts-dejavu-core'] as const;

/** @throws Error where there is none, nor apt. */
export async function startChromium(): Promise<Browser> {
  const own = onPath('chromium');
  if (own !== undefined) return launch(own, {});
  const folder = await debianPackages(PACKAGES);
  const libraries = join(folder, 'usr/lib/x86_64-linux-gnu');
  const nested = readdirSync(libraries).map((name) => join(libraries, name));
  const paths = [libraries, ...nested.filter((path) => statSync(path).isDirectory())];
  const env = { LD_LIBRARY_PATH: paths.join(':'), FONTCONFIG_FILE: fontConfiguration(folder) };
  return launch(join(folder, 'usr/lib/chromium/chromium'), env);
}

function launch(executablePath: string, env: Readonly<Record<string, string>>): Promise<Browser> {
  // Root of a container has no sandbox; all that is opened are pages of ours.
  const args = ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'];
  return chromium.launch({ executablePath, args, env: { ...definedOf(process.env), ...env } });
}

function definedOf(env: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function fontConfiguration(folder: string): string {
  const cache = join(tmpdir(), 'audit-relay-fonts');
  mkdirSync(cache, { recursive: true });
  const file = join(cache, 'fonts.conf');
  const alias = (family: string, prefer: string): string =>
    `<alias binding="same"><family>${family}</family><prefer><family>${prefer}</family></prefer></alias>`;
  writeFileSync(
    file,
    `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd"><fontconfig>
<dir>${join(folder, 'usr/share/fonts')}</dir><dir>/usr/share/fonts</dir><cachedir>${cache}</cachedir>
${alias('system-ui', 'Inter')}${alias('sans-serif', 'Inter')}${alias('monospace', 'DejaVu Sans Mono')}
</fontconfig>`,
  );
  return file;
}
