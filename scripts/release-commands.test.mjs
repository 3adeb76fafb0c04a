import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { imageCommands } from './image-commands.mjs';
import { deploySteps, publishOrder } from './release-commands.mjs';
import { ROOT } from './run.mjs';

test('every package is published behind those that it needs', () => {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  const names = publishOrder(packages).map(({ name }) => name);
  const at = (/** @type {string} */ name) => names.indexOf(name);
  expect(new Set(names).size).toBe(names.length);
  expect(at('@audit-relay/sink')).toBe(names.findIndex((name) => name.startsWith('@audit-relay/sink')));
  expect(at('@audit-relay/sink-http')).toBeLessThan(at('@audit-relay/core'));
  expect(at('@audit-relay/core')).toBeLessThan(at('audit-relay'));
});

test('packages that need each other are told', () => {
  const packages = {
    'packages/a': { name: 'a', version: '1.0.0', dependencies: { b: '1' } },
    'packages/b': { name: 'b', version: '1.0.0', dependencies: { a: '1' } },
  };
  expect(() => publishOrder(packages)).toThrow('in a circle');
});

test('both images are built for both architectures, with what they are made of', () => {
  const lines = imageCommands({ registry: 'r.example.com/x', version: '1.2.3', revision: 'abc', push: true });
  expect(lines.map((line) => line.join(' '))).toEqual(
    [
      ['relay', 'audit-relay'],
      ['simulator', 'openai-simulator'],
    ].map(
      ([target, name]) =>
        `docker buildx build --file deploy/image/Dockerfile --target ${target} --platform linux/amd64,linux/arm64 --sbom=true ` +
        `--provenance=mode=max --build-arg VERSION=1.2.3 --build-arg REVISION=abc --tag r.example.com/x/${name}:1.2.3 --push .`,
    ),
  );
});

const RELEASE = { registry: 'r.example.com/x', version: '1.2.3', revision: 'abc', out: 'release' };
const words = (/** @type {readonly string[] | undefined} */ command) => command?.join(' ') ?? '';

test('images and chart are sent and signed, each behind what it is made of', () => {
  const lines = deploySteps(RELEASE).map(({ command }) => words(command));
  expect(lines.map((line) => line.replace(/^docker buildx build .*--tag/, 'docker buildx build'))).toEqual([
    'docker buildx build r.example.com/x/audit-relay:1.2.3 --push .',
    'cosign sign --yes --recursive r.example.com/x/audit-relay:1.2.3',
    'docker buildx build r.example.com/x/openai-simulator:1.2.3 --push .',
    'cosign sign --yes --recursive r.example.com/x/openai-simulator:1.2.3',
    'helm package deploy/helm/audit-relay --version 1.2.3 --app-version 1.2.3 --destination release',
    'helm push release/audit-relay-1.2.3.tgz oci://r.example.com/x/charts',
    'cosign sign --yes r.example.com/x/charts/audit-relay:1.2.3',
  ]);
});

test('what is there is not replaced, and what is signed is not signed again', () => {
  for (const { command, unless } of deploySteps(RELEASE)) {
    const last = words(command.slice(0, 2)) === 'helm package' ? 'audit-relay' : (command.at(-1) ?? '');
    const asks = { cosign: 'cosign verify', helm: 'helm show chart', docker: 'docker buildx imagetools inspect' };
    const [tool = ''] = command;
    expect(words(unless)).toContain(Object(asks)[tool]);
    if (tool === 'cosign') expect(unless?.at(-1)).toBe(last);
    expect(words(unless)).toContain('1.2.3');
  }
});
