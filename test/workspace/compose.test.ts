/** `docker-compose.yml` as nobody here can start it: it is YAML, and each service of it is safe to start. */
import { describe, expect, test } from 'vitest';
import { composeFile } from '../services/compose.ts';

const services = Object.entries(composeFile().services);

test('there are services', () => expect(services.map(([name]) => name)).toContain('splunk'));

describe.each(services)('%s', (_, service) => {
  test('starts only when its profile is asked for', () => expect(service.profiles.length).toBeGreaterThan(0));

  test('is of a named version', () => expect(service.image).toMatch(/^[a-z0-9./-]+:\d+(\.\d+)+$/));

  test('is open to this machine alone', () => {
    expect(service.ports.filter((port) => !/^127\.0\.0\.1:\d+:\d+$/.test(port))).toEqual([]);
  });

  test('has texts for variables', () => {
    expect(Object.values(service.environment).filter((value) => typeof value !== 'string')).toEqual([]);
  });
});
