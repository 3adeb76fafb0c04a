/** A release that nothing leaves this machine of: what it packs and would run, and the workflows that run it. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { actionlint } from '../services/actionlint/actionlint.ts';
import { runCommand } from '../services/command.ts';
import { needed } from '../services/needed.ts';
import { WORKSPACE } from './image-root.ts';

describe('npm run release -- --dry-run', () => {
  let folder = '';
  let said = '';
  beforeAll(async () => {
    folder = mkdtempSync(join(WORKSPACE, 'node_modules/.cache-release-'));
    const args = ['scripts/release.mjs', '--dry-run', '--out', relative(WORKSPACE, folder)];
    said = await runCommand({ file: process.execPath, args, cwd: WORKSPACE });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const folders = readdirSync(join(WORKSPACE, 'packages'));

  test('packs every package', () => {
    expect(readdirSync(folder).filter((name) => name.endsWith('.tgz'))).toHaveLength(folders.length);
  });

  test('would build, sign and push the images and the chart', () => {
    for (const words of [
      'docker buildx build',
      'linux/amd64,linux/arm64',
      'cosign sign --yes',
      'helm package',
      'helm push',
    ]) {
      expect(said).toContain(words);
    }
  });

  test('publishes nothing', () => expect(said).not.toContain('npm publish'));

  test.each(folders)(
    '%s says what it is, where it is from, and holds its manual, its terms and its types',
    async (name) => {
      const manifest = JSON.parse(readFileSync(join(WORKSPACE, 'packages', name, 'package.json'), 'utf8'));
      expect(manifest).toMatchObject({
        description: expect.stringMatching(/.{20}/),
        license: 'Apache-2.0',
        homepage: `https://github.com/audit-relay/audit-relay/tree/main/packages/${name}#readme`,
        keywords: expect.arrayContaining(['audit-log']),
        publishConfig: { access: 'public', provenance: true },
      });
      const file = `${manifest.name.replace('@', '').replace('/', '-')}-${manifest.version}.tgz`;
      const listed = (await runCommand({ file: 'tar', args: ['-tzf', join(folder, file)] })).split('\n');
      for (const path of ['README.md', 'LICENSE', 'dist/index.d.ts', 'dist/index.js'])
        expect(listed).toContain(`package/${path}`);
      // Their sources are not in it.
      expect(listed.filter((path) => path.endsWith('.map'))).toEqual([]);
    },
  );

  test('nothing of it is left in the workspace', () => expect(existsSync(join(WORKSPACE, 'release'))).toBe(false));
});

describe('the workflows', () => {
  const linter = needed({ name: 'actionlint', get: actionlint });

  test('are ones that GitHub understands', async () => {
    const args = ['-no-color', '-shellcheck=', '-pyflakes='];
    await expect(runCommand({ file: linter(), args, cwd: WORKSPACE })).resolves.toBe('');
  });
});
