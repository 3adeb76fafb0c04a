/** Which proxy leads where, by a configuration and by the environment, as curl and Go read it. */
import { describe, expect, test } from 'vitest';
import { ProxyError, parseProxy, proxyFromEnvironment } from './proxy.ts';

const PROXY = 'http://proxy.example.com:3128';

describe('NO_PROXY', () => {
  test.each<{ list: string; url: string; direct: boolean }>([
    { list: 'corp.example', url: 'https://corp.example', direct: true },
    { list: 'corp.example', url: 'https://es.corp.example:9200', direct: true },
    { list: 'corp.example', url: 'https://mycorp.example', direct: false },
    { list: '.corp.example', url: 'https://es.corp.example', direct: true },
    { list: '.corp.example', url: 'https://corp.example', direct: true },
    { list: '*.corp.example', url: 'https://es.corp.example', direct: true },
    { list: '*.corp.example', url: 'https://corp.example', direct: false },
    { list: 'ES.Corp.Example', url: 'https://es.corp.example', direct: true },
    { list: 'es.corp.example.', url: 'https://es.corp.example', direct: true },
    { list: 'es.corp.example', url: 'https://es.corp.example.', direct: true },
    { list: '.local', url: 'https://es', direct: false },
    { list: 'es.corp.example:9200', url: 'https://es.corp.example:9200', direct: true },
    { list: 'es.corp.example:9200', url: 'https://es.corp.example', direct: false },
    { list: 'es.corp.example:443', url: 'https://es.corp.example', direct: true },
    { list: 'es.corp.example:80', url: 'http://es.corp.example', direct: true },
    { list: '*', url: 'https://es.corp.example', direct: true },
    { list: 'localhost, *', url: 'https://es.corp.example', direct: true },
    { list: '*,localhost', url: 'https://es.corp.example', direct: true },
    { list: 'a.example b.example', url: 'https://b.example', direct: true },
    { list: '10.0.0.0/8', url: 'https://10.1.2.3:9200', direct: true },
    { list: '10.0.0.0/8', url: 'https://11.1.2.3', direct: false },
    { list: '10.0.0.0/8', url: 'https://ten.example', direct: false },
    { list: '10.1.2.3', url: 'https://10.1.2.3', direct: true },
    { list: '10.1.2.3:9200', url: 'https://10.1.2.3:9200', direct: true },
    { list: '10.1.2.3', url: 'https://10.1.2.33', direct: false },
    { list: '2.3', url: 'https://10.1.2.3', direct: false },
    { list: '[2001:db8::1]', url: 'https://[2001:db8::1]:9200', direct: true },
    { list: '2001:db8::1', url: 'https://[2001:db8::1]', direct: true },
    { list: '2001:DB8:0:0::1', url: 'https://[2001:db8::1]', direct: true },
    { list: '[2001:db8::1]:9200', url: 'https://[2001:db8::1]:9200', direct: true },
    { list: '[2001:db8::1]:9200', url: 'https://[2001:db8::1]', direct: false },
    { list: '2001:db8::/32', url: 'https://[2001:db8:1::1]', direct: true },
    { list: '[2001:db8::]/32', url: 'https://[2001:db8:1::1]', direct: true },
    { list: '2001:db8::/32', url: 'https://[2001:db9::1]', direct: false },
    { list: '10.0.0.0/99,x/8,/,:,[],10.0.0.0/', url: 'https://10.1.2.3', direct: false },
    { list: '', url: 'https://es.corp.example', direct: false },
  ])('"$list" for $url: direct is $direct', ({ list, url, direct }) => {
    const proxyFor = proxyFromEnvironment({ HTTPS_PROXY: PROXY, HTTP_PROXY: PROXY, NO_PROXY: list });
    expect(proxyFor(url)).toBe(direct ? undefined : `${PROXY}/`);
  });
});

test.each([
  'http://127.0.0.1:8089/v1',
  'http://127.1.2.3',
  'https://localhost:9200',
  'http://LOCALHOST.',
  'http://a.localhost',
  'http://[::1]:9200',
])('%s is this machine, which no proxy of the environment reaches', (url) => {
  expect(proxyFromEnvironment({ HTTP_PROXY: PROXY, HTTPS_PROXY: PROXY, ALL_PROXY: PROXY })(url)).toBeUndefined();
});

describe('the variables', () => {
  test.each<{ name: string; env: Record<string, string>; url?: string; proxy: string | undefined }>([
    { name: 'HTTPS_PROXY for https', env: { HTTPS_PROXY: 'a:1', HTTP_PROXY: 'b:1' }, proxy: 'http://a:1/' },
    {
      name: 'HTTP_PROXY for http',
      env: { HTTPS_PROXY: 'a:1', HTTP_PROXY: 'b:1' },
      url: 'http://api.example',
      proxy: 'http://b:1/',
    },
    { name: 'ALL_PROXY for what has none', env: { ALL_PROXY: 'c:1', HTTP_PROXY: 'b:1' }, proxy: 'http://c:1/' },
    { name: 'lower case before upper', env: { https_proxy: 'a:1', HTTPS_PROXY: 'b:1' }, proxy: 'http://a:1/' },
    { name: 'an empty one as none', env: { https_proxy: '', HTTPS_PROXY: ' b:1 ' }, proxy: 'http://b:1/' },
    { name: 'no_proxy in lower case', env: { HTTPS_PROXY: 'a:1', no_proxy: 'api.example' }, proxy: undefined },
    { name: 'a proxy with TLS', env: { HTTPS_PROXY: 'https://a' }, proxy: 'https://a/' },
    { name: 'credentials', env: { HTTPS_PROXY: 'ada:p%40ss@a:1' }, proxy: 'http://ada:p%40ss@a:1/' },
    { name: 'none', env: {}, proxy: undefined },
  ])('$name', ({ env, url = 'https://api.example', proxy }) => {
    expect(proxyFromEnvironment(env)(url)).toBe(proxy);
  });

  test.each([
    'socks5://ada:canary@a:1080',
    'socks5h://a',
    'ftp://a',
    'http://',
    'http://a:99999',
    'a b',
    'http://canary/path',
  ])('%s is refused by the variable’s name, and its value is told nobody', (value) => {
    const proxyFor = proxyFromEnvironment({ HTTPS_PROXY: value });
    expect(() => proxyFor('https://api.example')).toThrow(/HTTPS_PROXY/);
    expect(() => proxyFor('https://api.example')).not.toThrow(/canary/);
    expect(proxyFor('http://localhost')).toBeUndefined();
  });
});

test.each([
  { text: 'proxy.example.com:3128', href: `${PROXY}/` },
  { text: ' http://proxy.example.com:3128/ ', href: `${PROXY}/` },
  { text: '10.0.0.1:3128', href: 'http://10.0.0.1:3128/' },
  { text: '[2001:db8::1]:3128', href: 'http://[2001:db8::1]:3128/' },
  { text: 'HTTPS://proxy.example.com', href: 'https://proxy.example.com/' },
])('$text is $href', ({ text, href }) => {
  expect(parseProxy(text, 'proxy').href).toBe(href);
});

test('what is no proxy is an error with a code', () => {
  expect(() => parseProxy('socks5://a', 'proxy')).toThrow(expect.objectContaining({ code: 'PROXY_INVALID' }));
  expect(() => parseProxy('socks5://a', 'proxy')).toThrow(ProxyError);
});
