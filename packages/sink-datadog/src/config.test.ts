/** What the YAML may say and what is made of it. */
import { describe, expect, test } from 'vitest';
import { apiOf, baseOf, datadogConfigSchema } from './config.ts';
import { limitsOf } from './limits.ts';
import { SITES } from './sites.ts';

const GOOD = { site: 'us1', api_key: 'abc' };

test('two keys are enough', () => {
  expect(datadogConfigSchema.parse(GOOD)).toEqual({
    ...GOOD,
    setup: ['pipeline', 'dashboard', 'detection_rules', 'monitors'],
    service: 'openai',
    source: 'openai-audit',
    tags: [],
    old_events: 'exclude',
    receiver: 'intake',
    gzip: true,
    plain_http: false,
    request_timeout: 60_000,
  });
});

describe('is refused, at its key', () => {
  const URL_ONLY = { site: undefined, url: 'https://a' };

  test.each<{ name: string; keys: object; at: string; says: RegExp }>([
    { name: 'no address', keys: { site: undefined }, at: 'site', says: /either site or url/ },
    { name: 'two addresses', keys: { url: 'https://a' }, at: 'site', says: /either site or url/ },
    { name: 'a site that is none', keys: { site: 'us2' }, at: 'site', says: /us1, us3.*ddog-gov\.com/ },
    { name: 'http over a network', keys: { ...URL_ONLY, url: 'http://a' }, at: 'url', says: /https.*plain_http/ },
    {
      name: 'a key in the address',
      keys: { ...URL_ONLY, url: 'https://a/?dd-api-key=x' },
      at: 'url',
      says: /without \?/,
    },
    {
      name: 'credentials in the address',
      keys: { ...URL_ONLY, url: 'https://x:y@a' },
      at: 'url',
      says: /under api_key/,
    },
    { name: 'no key', keys: { api_key: undefined }, at: 'api_key', says: /./ },
    { name: 'a line break in the key', keys: { api_key: 'abc\nx' }, at: 'api_key', says: /without spaces/ },
    { name: 'a comma in a tag', keys: { tags: ['a:1,b:2'] }, at: 'tags.0', says: /env:prod/ },
    { name: 'a tag that begins with a digit', keys: { tags: ['1'] }, at: 'tags.0', says: /letter first/ },
    { name: 'a tag of 201 characters', keys: { tags: ['a'.repeat(201)] }, at: 'tags.0', says: /200/ },
    { name: 'another policy', keys: { old_events: 'drop' }, at: 'old_events', says: /exclude/ },
    { name: 'an API over http', keys: { api_url: 'http://a' }, at: 'api_url', says: /https.*both keys/ },
    { name: 'a key in the address of the API', keys: { api_url: 'https://a/?k=x' }, at: 'api_url', says: /without \?/ },
    { name: 'a content that is none', keys: { setup: ['facets'] }, at: 'setup.0', says: /monitors/ },
    { name: 'a worker at a site', keys: { receiver: 'worker' }, at: 'receiver', says: /url/ },
    { name: 'a time without its unit', keys: { request_timeout: '30' }, at: 'request_timeout', says: /duration/ },
    { name: 'an unknown key', keys: { apikey: 'x' }, at: '', says: /apikey/ },
  ])('$name', ({ keys, at, says }) => {
    const given = Object.fromEntries(Object.entries({ ...GOOD, ...keys }).filter(([, value]) => value !== undefined));
    const { error } = datadogConfigSchema.safeParse(given);
    const issue = error?.issues.find(({ path }) => path.join('.') === at);
    expect(issue?.message).toMatch(says);
  });
});

test.each(['http://127.0.0.1:8282', 'http://localhost', 'http://[::1]:1'])('%s is this machine', (url) => {
  expect(datadogConfigSchema.safeParse({ url, api_key: 'x' }).success).toBe(true);
});

test('http is taken beyond this machine where it is asked for', () => {
  const keys = { url: 'http://worker.internal:8282', api_key: 'x', plain_http: true, receiver: 'worker' };
  expect(datadogConfigSchema.safeParse(keys).success).toBe(true);
});

test.each([
  { site: 'us1', base: 'https://http-intake.logs.datadoghq.com' },
  { site: 'datadoghq.com', base: 'https://http-intake.logs.datadoghq.com' },
  { site: 'us3', base: 'https://http-intake.logs.us3.datadoghq.com' },
  { site: 'us5', base: 'https://http-intake.logs.us5.datadoghq.com' },
  { site: 'eu', base: 'https://http-intake.logs.datadoghq.eu' },
  { site: 'datadoghq.eu', base: 'https://http-intake.logs.datadoghq.eu' },
  { site: 'ap1', base: 'https://http-intake.logs.ap1.datadoghq.com' },
  { site: 'ap2', base: 'https://http-intake.logs.ap2.datadoghq.com' },
  { site: 'uk1', base: 'https://http-intake.logs.uk1.datadoghq.com' },
  { site: 'gov', base: 'https://http-intake.logs.ddog-gov.com' },
  { site: 'gov2', base: 'https://http-intake.logs.us2.ddog-gov.com' },
])('$site is sent to $base', ({ site, base }) => {
  expect(baseOf(datadogConfigSchema.parse({ ...GOOD, site }))).toBe(base);
});

test.each([
  { keys: { site: 'us1' }, api: 'https://api.datadoghq.com' },
  { keys: { site: 'gov2' }, api: 'https://api.us2.ddog-gov.com' },
  { keys: { site: 'eu', api_url: 'https://proxy.example.com/datadog/' }, api: 'https://proxy.example.com/datadog' },
  { keys: { url: 'https://worker.example.com' }, api: undefined },
  { keys: { url: 'https://worker.example.com', api_url: 'http://127.0.0.1:1' }, api: 'http://127.0.0.1:1' },
])('the API of $keys is at $api', ({ keys, api }) => {
  expect(apiOf(datadogConfigSchema.parse({ api_key: 'x', ...keys }))).toBe(api);
});

test('each site has its two names', () => {
  expect(SITES).toHaveLength(18);
  for (const site of SITES) expect(datadogConfigSchema.safeParse({ ...GOOD, site }).success).toBe(true);
});

test.each([
  { url: 'https://a', base: 'https://a' },
  { url: 'https://a/', base: 'https://a' },
  { url: 'https://a/api/v2/logs', base: 'https://a' },
  { url: 'https://a/dd/api/v2/logs/', base: 'https://a/dd' },
  { url: 'https://a/dd//', base: 'https://a/dd' },
])('$url is sent to below $base', ({ url, base }) => {
  expect(baseOf({ url })).toBe(base);
});

test('a send has longer than its request, and documents leave room for what goes around them', () => {
  const limits = limitsOf({ request_timeout: 60_000 });
  expect(limits.sendMs).toBeGreaterThan(60_000);
  expect(limits.maxEventBytes).toBeLessThan(1_000_000);
  expect(limits.maxBytes + limits.maxEvents * 1_500).toBeLessThan(5_000_000);
});
