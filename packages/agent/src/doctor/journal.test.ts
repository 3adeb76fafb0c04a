import { expect, test } from 'vitest';
import { folderFailure, roomCheck } from './journal.ts';

test.each<[code: string, detail: RegExp, fix: RegExp]>([
  ['EROFS', /^the file system can only be read of \/j: /, /^mount it for writing/],
  ['ENOTDIR', /^a part of the path is a file: \/j: /, /^choose another journal\.path/],
  ['EACCES', /^this user may not write \/j: /, /^run this as the user/],
])('a folder that answers %s has the fix for that', (code, ...[detail, fix]) => {
  const check = folderFailure('/j', Object.assign(new Error(code), { code }));
  expect(check).toMatchObject({
    verdict: 'fail',
    detail: expect.stringMatching(detail),
    fix: expect.stringMatching(fix),
  });
});

test('a disk that has no room for a start is said before the start fails', () => {
  const mib = 2 ** 20;
  expect(roomCheck('/j', 16 * mib, 16 * mib)).toEqual({
    name: 'room',
    verdict: 'ok',
    detail: '16 MiB free on the disk of /j',
  });
  expect(roomCheck('/j', 16 * mib - 1, 16 * mib)).toMatchObject({
    verdict: 'fail',
    detail: expect.stringMatching(/^only 16 MiB free .* takes 16 MiB at once$/),
    fix: 'make room there, or choose another journal.path',
  });
});
