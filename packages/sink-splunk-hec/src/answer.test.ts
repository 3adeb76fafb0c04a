/** Every code with its status, and what else may come in their place. */
import type { SendResult } from '@audit-relay/sink';
import type { HttpAnswer } from '@audit-relay/sink-http';
import { describe, expect, test } from 'vitest';
import { type RequestSent, told } from './answer.ts';
import { CODES } from './codes.ts';

const ASKED: RequestSent = { config: { receiver: 'splunk', index: 'sec' }, count: 5, nowMs: 0, hasWorked: false };

function answer(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const json = (): unknown => (typeof body === 'string' ? undefined : body);
  const header = (name: string): string | undefined => headers[name];
  return { kind: 'answer', status, header, headers: () => [], body: Buffer.from(text), text: () => text, json };
}

function meaning(status: number, body: unknown, asked: Partial<RequestSent> = {}): string {
  const is = told(answer(status, body), { ...ASKED, ...asked });
  if (is.kind === 'yes') return is.isBusy ? 'busy yes' : 'yes';
  return kindOf(is.result);
}

function kindOf(result: SendResult): string {
  return result.kind === 'retryable' ? result.why : result.kind;
}

/** The table of the protocol. */
const MEANINGS: Readonly<Record<number, readonly [status: number, is: string]>> = {
  0: [200, 'yes'],
  1: [403, 'blocked'],
  2: [401, 'blocked'],
  3: [401, 'blocked'],
  4: [403, 'blocked'],
  5: [400, 'rejected'],
  6: [400, 'rejected'],
  7: [400, 'blocked'],
  8: [500, 'failed'],
  9: [503, 'refused'],
  10: [400, 'blocked'],
  11: [400, 'blocked'],
  12: [400, 'rejected'],
  13: [400, 'rejected'],
  14: [400, 'blocked'],
  15: [400, 'rejected'],
  16: [400, 'blocked'],
  17: [200, 'unanswered'],
  18: [503, 'refused'],
  19: [503, 'refused'],
  20: [503, 'refused'],
  21: [400, 'blocked'],
  22: [400, 'blocked'],
  23: [503, 'failed'],
  24: [200, 'busy yes'],
  25: [200, 'busy yes'],
  26: [429, 'refused'],
  27: [429, 'refused'],
};

test('no code is missing', () => {
  expect(Object.keys(MEANINGS)).toEqual(Object.keys(CODES));
  expect(Object.keys(CODES)).toHaveLength(28);
});

test.each(Object.entries(MEANINGS))('code %s', (code, [status, is]) => {
  const body = { text: 'canary', code: Number(code) };
  expect(meaning(status, body)).toBe(is);
  const said = told(answer(status, body), ASKED);
  expect(JSON.stringify(said)).not.toContain('canary');
  if (said.kind === 'yes' || status === 200) return;
  expect(said.result).toMatchObject({ reason: expect.stringContaining(`HTTP ${status} code ${code}, `) });
});

describe('what has no code, or one with another status than its own', () => {
  test.each<{ name: string; status: number; body: unknown; is: string; asked?: Partial<RequestSent> }>([
    { name: '200 with a page', status: 200, body: '<html>', is: 'unanswered' },
    { name: '200 with nothing', status: 200, body: '', is: 'unanswered' },
    { name: '200 with JSON of another kind', status: 200, body: { ok: true }, is: 'unanswered' },
    { name: '200 with an array', status: 200, body: [{ code: 0 }], is: 'unanswered' },
    { name: '200 with a code that is text', status: 200, body: { code: '0' }, is: 'unanswered' },
    { name: '200 with a refusal', status: 200, body: { code: 6 }, is: 'unanswered' },
    { name: '201 with code 0', status: 201, body: { code: 0 }, is: 'unanswered' },
    { name: '503 with code 0', status: 503, body: { code: 0 }, is: 'refused' },
    { name: '400 with code 0', status: 400, body: { code: 0 }, is: 'rejected' },
    { name: '502 with code 6', status: 502, body: { code: 6 }, is: 'failed' },
    { name: '401 with code 6', status: 401, body: { code: 6 }, is: 'blocked' },
    { name: '401 with code 4', status: 401, body: { code: 4 }, is: 'blocked' },
    { name: '503 with code 26', status: 503, body: { code: 26 }, is: 'refused' },
    { name: '413 in HTML', status: 413, body: '<html>', is: 'too_large' },
    { name: '413 with code 6', status: 413, body: { code: 6, 'invalid-event-number': 0 }, is: 'too_large' },
    { name: '415 in HTML', status: 415, body: '<html>', is: 'blocked' },
    { name: '404 at first contact', status: 404, body: { code: 404 }, is: 'blocked' },
    { name: '404 after a yes', status: 404, body: { code: 404 }, is: 'failed', asked: { hasWorked: true } },
    { name: '400 with a code to come', status: 400, body: { code: 28 }, is: 'rejected' },
    { name: 'one of several named', status: 400, body: { code: 12, 'invalid-event-number': 4 }, is: 'partial' },
    {
      name: 'the only one named',
      status: 400,
      body: { code: 12, 'invalid-event-number': 0 },
      is: 'rejected',
      asked: { count: 1 },
    },
    { name: 'busy, one named', status: 503, body: { code: 9, 'invalid-event-number': 2 }, is: 'refused' },
  ])('$name is $is', ({ status, body, is, asked = {} }) => {
    expect(meaning(status, body, asked)).toBe(is);
  });
});

describe('a receiver that is not Splunk', () => {
  const other: Partial<RequestSent> = { config: { receiver: 'other' } };
  test.each<{ name: string; status: number; body: unknown; is: string }>([
    { name: '200 with nothing', status: 200, body: '', is: 'yes' },
    { name: 'another 2xx', status: 202, body: '', is: 'unanswered' },
    { name: '200 with words', status: 200, body: 'OK', is: 'yes' },
    { name: '200 with JSON of its own', status: 200, body: { status: 'ok' }, is: 'yes' },
    { name: '200 with code 0', status: 200, body: { code: 0 }, is: 'yes' },
    { name: '200 with code 6', status: 200, body: { code: 6 }, is: 'unanswered' },
    { name: '200 with a page', status: 200, body: ' <!doctype html>', is: 'unanswered' },
    { name: '302', status: 302, body: '', is: 'blocked' },
    { name: '400 with words', status: 400, body: 'bad', is: 'rejected' },
    { name: '400 with a code of no table', status: 400, body: { code: 77 }, is: 'rejected' },
    { name: '404 with words', status: 404, body: 'unsupported path', is: 'blocked' },
    { name: '413 with words', status: 413, body: 'too large', is: 'too_large' },
    { name: '401 with words', status: 401, body: 'no', is: 'blocked' },
    { name: '429 with words', status: 429, body: 'slow down', is: 'refused' },
    { name: '500 with words', status: 500, body: 'oh', is: 'failed' },
  ])('$name is $is', ({ status, body, is }) => {
    expect(meaning(status, body, other)).toBe(is);
  });
});

test.each([0, 7, 1_000_000])('the ackId %i is handed on', (ackId) => {
  expect(told(answer(200, { code: 0, ackId }), ASKED)).toEqual({ kind: 'yes', isBusy: false, ackId });
});

test.each([
  { what: 'nothing', status: 200, body: '', says: 'set receiver: other' },
  { what: 'words', status: 200, body: 'OK', says: 'set receiver: other' },
  { what: 'JSON of another kind', status: 200, body: { ingested: 5 }, says: 'set receiver: other' },
  { what: 'a page', status: 200, body: '<html>Log in</html>', says: 'not to a web page' },
  { what: 'another status', status: 204, body: '', says: 'not to a web page' },
])('$what in place of Splunk’s yes is none, and says what to look at', ({ status, body, says }) => {
  const is = told(answer(status, body), ASKED);
  expect(is).toMatchObject({ kind: 'no', result: { why: 'unanswered', reason: expect.stringContaining(says) } });
});
