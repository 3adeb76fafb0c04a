import { expect, test } from 'vitest';
import { folderFailure } from './journal.ts';

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
