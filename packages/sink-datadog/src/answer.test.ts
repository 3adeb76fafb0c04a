/** What replies mean beside the cases of the protocol: which address and site is named, and whose yes counts. */
import type { HttpAnswer } from '@audit-relay/sink-http';
import { describe, expect, test } from 'vitest';
import { noOf } from './answer.ts';
import { html, no } from './emulator/index.ts';

const INTAKE = { site: 'eu', receiver: 'intake' } as const;

function answer(status: number, body = '', headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  const header = (name: string) => headers[name];
  const text = () => body;
  const json = (): unknown => (body.startsWith('{') ? JSON.parse(body) : undefined);
  return { kind: 'answer', status, header, headers: () => [], body: Buffer.from(body), text, json };
}

const said = (reply: HttpAnswer, config: Parameters<typeof noOf>[1]['config'] = INTAKE) =>
  noOf(reply, { config, nowMs: 0 });

describe('a key that is not taken', () => {
  test.each([
    { config: { site: 'eu', receiver: 'intake' }, says: 'of an organization on datadoghq.eu' },
    { config: { site: 'us5.datadoghq.com', receiver: 'intake' }, says: 'of an organization on us5.datadoghq.com' },
    { config: { receiver: 'intake' }, says: 'of the organization and site behind url' },
  ] as const)('says whose key it must be: $says', ({ config, says }) => {
    expect(said(answer(403), config)).toMatchObject({ kind: 'blocked', reason: expect.stringContaining(says) });
  });
});

describe('yes', () => {
  const page = html(200, 'Log in');
  test.each([
    { name: '202 of the intake', reply: answer(202, '{}'), isYes: true },
    { name: '202 with nothing', reply: answer(202), isYes: true },
    { name: '200 of the intake’s address', reply: answer(200, '{}'), isYes: false },
    { name: '200 with a page', reply: answer(200, page.body, page.headers), isYes: false },
    { name: '204', reply: answer(204), isYes: false },
  ])('$name: $isYes', ({ reply, isYes }) => {
    const failure = said(reply);
    if (isYes) expect(failure).toBeUndefined();
    else
      expect(failure).toMatchObject({ kind: 'retryable', why: 'unanswered', reason: expect.stringContaining('site') });
  });

  test.each([
    { name: '200 of a worker', reply: answer(200), isYes: true },
    { name: '200 with a page', reply: answer(200, page.body), isYes: false },
    { name: '200 that says it is HTML', reply: answer(200, '', page.headers), isYes: false },
  ])('before a worker $name: $isYes', ({ reply, isYes }) => {
    expect(said(reply, { receiver: 'worker' }) === undefined).toBe(isYes);
  });
});

test.each([
  { name: 'malformed', reply: no(400), kind: 'rejected' },
  { name: 'of a path', reply: no(400, 'HTTP path is invalid'), kind: 'blocked' },
  { name: 'in other words', reply: { ...no(400), body: '{"errors":["Bad Request"]}' }, kind: 'rejected' },
  { name: 'with a page', reply: html(400, 'Bad Request'), kind: 'rejected' },
  { name: 'with nothing', reply: { status: 400, body: '' }, kind: 'rejected' },
])('400 $name: $kind', ({ reply: { status, body }, kind }) => {
  expect(said(answer(status, body))?.kind).toBe(kind);
});

test.each([404, 405, 301, 307])('%i names the key that holds the address', (status) => {
  expect(said(answer(status))).toMatchObject({ kind: 'blocked', reason: expect.stringContaining('site') });
  expect(said(answer(status), { receiver: 'intake' })).toMatchObject({ reason: expect.stringContaining('url') });
});
