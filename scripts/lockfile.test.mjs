/** The lockfile is completed for every platform, and told from one that is not installed. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  completeLock,
  downloadAddresses,
  isInstalled,
  listedWithoutIntegrity,
  missingOptional,
  withoutIntegrity,
} from './lockfile.mjs';

/**
 * A lock in which one package asks for platform packages and holds only some.
 *
 * @param {Readonly<Record<string, string>>} optionalDependencies
 * @param {import('./lockfile.mjs').LockEntries} [present]
 */
function lockOf(optionalDependencies, present = {}) {
  return { packages: { 'node_modules/tool': { version: '1.2.3', dev: true, optionalDependencies }, ...present } };
}

describe('a missing platform package', () => {
  test.each([
    { name: '@tool/cli-darwin-arm64', entry: { os: ['darwin'], cpu: ['arm64'] } },
    { name: '@tool/binding-linux-x64-gnu', entry: { os: ['linux'], cpu: ['x64'], libc: ['glibc'] } },
    { name: '@tool/binding-linux-arm64-musl', entry: { os: ['linux'], cpu: ['arm64'], libc: ['musl'] } },
    { name: '@tool/binding-linux-arm-gnueabihf', entry: { os: ['linux'], cpu: ['arm'], libc: ['glibc'] } },
    { name: '@tool/windows-64', entry: { os: ['win32'], cpu: ['x64'] } },
    { name: '@tool/binding-win32-ia32-msvc', entry: { os: ['win32'], cpu: ['ia32'] } },
    { name: '@tool/binding-android-arm-eabi', entry: { os: ['android'], cpu: ['arm'] } },
  ])('gets its platform from the name $name', ({ name, entry }) => {
    const lock = completeLock(lockOf({ [name]: '1.2.3' }));

    expect(lock.packages[`node_modules/${name}`]).toEqual({ version: '1.2.3', dev: true, optional: true, ...entry });
  });

  test('stands below its parent where another version has the upper place', () => {
    const upper = { 'node_modules/@tool/linux-x64': { version: '1.0.0' } };

    const lock = completeLock(lockOf({ '@tool/linux-x64': '1.2.3' }, upper));

    expect(lock.packages['node_modules/tool/node_modules/@tool/linux-x64']).toMatchObject({ version: '1.2.3' });
    expect(lock.packages['node_modules/@tool/linux-x64']).toEqual({ version: '1.0.0' });
  });

  test.each([
    { name: '@tool/linux-x64', wanted: '^1.2.3', why: 'asked for by a range' },
    { name: 'fsevents', wanted: '2.3.3', why: 'without a platform in its name' },
  ])('is refused when $why', ({ name, wanted }) => {
    expect(() => completeLock(lockOf({ [name]: wanted }))).toThrow(`${name}@${wanted}`);
  });

  test('is not asked for twice', () => {
    const once = completeLock(lockOf({ '@tool/linux-x64': '1.2.3', '@tool/darwin-arm64': '1.2.3' }));

    expect(missingOptional(once)).toEqual([]);
    expect(completeLock(once)).toEqual(once);
  });
});

test('entries keep the order in which npm writes them', () => {
  const lock = completeLock(lockOf({ '@tool/linux-x64': '1.2.3' }, { 'node_modules/zod': { version: '4.0.0' } }));

  expect(Object.keys(lock.packages)).toEqual(['node_modules/@tool/linux-x64', 'node_modules/tool', 'node_modules/zod']);
});

test('a download address is found, a workspace link is none', () => {
  const packages = {
    'node_modules/ours': { resolved: 'packages/ours', link: true },
    'node_modules/theirs': { version: '1.0.0', resolved: 'https://example.com/theirs-1.0.0.tgz' },
  };

  expect(downloadAddresses({ packages })).toEqual(['node_modules/theirs']);
});

test("this repository's lockfile is complete and names no address", () => {
  const lock = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'));

  expect(missingOptional(lock)).toEqual([]);
  expect(downloadAddresses(lock)).toEqual([]);
});

describe('an installed tree', () => {
  const wanted = {
    '': { version: '0.0.0' },
    'packages/ours': { version: '0.1.0' },
    'node_modules/ours': { link: true },
    'node_modules/lib': { version: '1.0.0' },
    'node_modules/lib-darwin': { version: '1.0.0', optional: true },
  };

  test.each([
    { name: 'is whole without the optional packages of other platforms', packages: withoutOptional(), whole: true },
    { name: 'is not whole when a package is absent', packages: without('node_modules/lib'), whole: false },
    { name: 'is not whole when a workspace is not linked', packages: without('node_modules/ours'), whole: false },
    {
      name: 'is not whole when a published package stands where a workspace belongs',
      packages: { ...withoutOptional(), 'node_modules/ours': { version: '0.1.0' } },
      whole: false,
    },
    {
      name: 'is not whole when a package has another version',
      packages: { ...withoutOptional(), 'node_modules/lib': { version: '0.9.0' } },
      whole: false,
    },
  ])('$name', ({ packages, whole }) => {
    expect(isInstalled({ packages: wanted }, { packages })).toBe(whole);
  });

  function withoutOptional() {
    return without('node_modules/lib-darwin');
  }

  /** @param {string} folder */
  function without(folder) {
    return Object.fromEntries(Object.entries(wanted).filter(([key]) => key !== folder));
  }
});

describe('what has no hash', () => {
  const optional = { version: '1.0.0', optional: true };
  const lock = {
    packages: {
      'packages/agent': { version: '0.1.0' },
      'node_modules/audit-relay': { link: true },
      'node_modules/zod': { version: '4.0.0', integrity: 'sha512-x' },
      'node_modules/a/node_modules/@tool/darwin': { ...optional, dev: true },
      'node_modules/@lib/darwin': optional,
    },
  };
  const page = 'before <!-- without a hash: written by `npm run lock` -->old<!-- end --> after';

  test('is each package that is fetched and not compared', () => {
    expect(withoutIntegrity(lock).map((entry) => entry.package)).toEqual(['@tool/darwin@1.0.0', '@lib/darwin@1.0.0']);
  });

  test('is listed in its place on the page, and the list stays as it is', () => {
    const listed = listedWithoutIntegrity(page, lock);
    expect(listed).toMatch(
      /^before <!-- .* -->\n\n- `@tool\/darwin@1\.0\.0`\n- `@lib\/darwin@1\.0\.0`, of the product\n\n<!-- end --> after$/,
    );
    expect(listedWithoutIntegrity(listed, lock)).toBe(listed);
  });

  test('is refused where it is always installed, and where the page has no place for it', () => {
    const required = { packages: { 'node_modules/zod': { version: '4.0.0' } } };
    expect(() => listedWithoutIntegrity(page, required)).toThrow('zod@4.0.0');
    expect(() => listedWithoutIntegrity('', lock)).toThrow('the page lacks');
  });
});
