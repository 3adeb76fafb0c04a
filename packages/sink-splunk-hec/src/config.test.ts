/** What the YAML may say and what is made of it. */
import { describe, expect, test } from 'vitest';
import { basesOf, type SplunkHecConfig, splunkHecConfigSchema } from './config.ts';
import { limitsOf } from './limits.ts';

const GOOD = { url: 'https://splunk.example.com:8088', token: 'abc' };

test('two keys are enough', () => {
  expect(splunkHecConfigSchema.parse(GOOD)).toEqual({
    ...GOOD,
    source: 'openai:audit_logs',
    indexer_ack: 'auto',
    ack_timeout: 300_000,
    ack_poll_interval: 10_000,
    max_unacked_bytes: 256 * 2 ** 20,
    receiver: 'splunk',
    gzip: true,
    request_timeout: 60_000,
  });
});

describe('is refused, at its key', () => {
  test.each<{ name: string; keys: object; at: string; says: RegExp }>([
    { name: 'no address', keys: { url: undefined }, at: 'url', says: /./ },
    { name: 'two ways to name addresses', keys: { urls: ['https://a'] }, at: 'url', says: /either url or urls/ },
    { name: 'http over a network', keys: { url: 'http://splunk.example.com:8088' }, at: 'url', says: /https/ },
    { name: 'a token in the address', keys: { url: 'https://a/?token=x' }, at: 'url', says: /without \? and #/ },
    { name: 'credentials in the address', keys: { url: 'https://x:y@a' }, at: 'url', says: /under token/ },
    { name: 'a scheme in the token', keys: { token: 'Splunk abc' }, at: 'token', says: /without spaces/ },
    { name: 'a line break in the token', keys: { token: 'abc\nx' }, at: 'token', says: /without spaces/ },
    { name: 'an index in upper case', keys: { index: 'Sec' }, at: 'index', says: /lower case/ },
    { name: 'a time without its unit', keys: { ack_timeout: '300' }, at: 'ack_timeout', says: /duration/ },
    { name: 'a time that is too short', keys: { ack_timeout: '10ms' }, at: 'ack_timeout', says: /1s to 60m/ },
    { name: 'less memory than a batch', keys: { max_unacked_bytes: '7MB' }, at: 'max_unacked_bytes', says: /8MB/ },
    {
      name: 'acks of what is no Splunk',
      keys: { receiver: 'other', indexer_ack: 'required' },
      at: 'indexer_ack',
      says: /auto or off/,
    },
    { name: 'an unknown key', keys: { tokne: 'x' }, at: '', says: /tokne/ },
  ])('$name', ({ keys, at, says }) => {
    const given = Object.fromEntries(Object.entries({ ...GOOD, ...keys }).filter(([, value]) => value !== undefined));
    const { error } = splunkHecConfigSchema.safeParse(given);
    const issue = error?.issues.find(({ path }) => path.join('.') === at);
    expect(issue?.message).toMatch(says);
  });

  test('the same address twice', () => {
    const urls = ['https://a:8088', 'https://a:8088/services/collector'];
    expect(splunkHecConfigSchema.safeParse({ urls, token: 'abc' }).success).toBe(false);
  });
});

test.each([
  { url: 'https://a:8088', base: 'https://a:8088' },
  { url: 'https://a:8088/', base: 'https://a:8088' },
  { url: 'https://a:8088/services/collector', base: 'https://a:8088' },
  { url: 'https://a:8088/services/collector/event/1.0', base: 'https://a:8088' },
  { url: 'https://a/siem/', base: 'https://a/siem' },
  { url: 'https://a/siem/services/collector/event', base: 'https://a/siem' },
])('$url is sent to below $base', ({ url, base }) => {
  expect(basesOf({ url })).toEqual([base]);
});

describe('limits', () => {
  const limits = (keys: object) => limitsOf(splunkHecConfigSchema.parse({ ...GOOD, ...keys }));

  test('an acknowledgment has longer than ack_timeout, so that the sink speaks first', () => {
    expect(limits({ ack_timeout: '10m' }).confirmMs).toBeGreaterThan(600_000);
    // It is memory; an event takes four bytes of it for each of its document.
    expect(limits({ max_unacked_bytes: '8MB' }).maxUnackedBytes).toBe(2_000_000);
  });

  test.each([{ indexer_ack: 'off' }, { receiver: 'other' }])('without acknowledgments nothing waits: %o', (keys) => {
    expect(limits(keys)).not.toHaveProperty('maxUnackedBytes');
    expect(limits(keys)).not.toHaveProperty('confirmMs');
  });

  test('a send has longer than every request of it, with all that may go before it', () => {
    const { request_timeout } = splunkHecConfigSchema.parse(GOOD) satisfies SplunkHecConfig;
    const { sendMs, maxInFlight } = limits({});
    expect(sendMs).toBeGreaterThan(request_timeout * 2 * maxInFlight);
  });
});
