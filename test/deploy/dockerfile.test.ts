/** The Dockerfile as text: what a linter says of it, and what it promises that no build here can show. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCommand } from '../services/command.ts';
import { needed } from '../services/needed.ts';
import { python } from '../services/python.ts';
import { DOCKERFILE, WORKSPACE } from './image-root.ts';

const text = readFileSync(DOCKERFILE, 'utf8');
const stages = text.split(/^FROM /m).slice(1);
const stageOf = (name: string): string => stages.find((each) => each.split('\n')[0]?.endsWith(` AS ${name}`)) ?? '';

describe('hadolint', () => {
  const linter = needed({
    name: 'hadolint',
    get: () => python({ name: 'deploy', requirements: join(WORKSPACE, 'test/deploy/python.txt') }),
  });

  test('finds nothing', async () => {
    const file = join(linter().folder, 'bin', 'hadolint');
    await expect(runCommand({ file, args: ['--failure-threshold', 'ignore', DOCKERFILE] })).resolves.toBe('');
  });
});

test('no stage that is published runs a command, as there is no shell to run it', () => {
  for (const name of ['runtime', 'simulator', 'relay']) {
    expect(stageOf(name)).not.toBe('');
    expect(stageOf(name)).not.toMatch(/^(RUN|SHELL|HEALTHCHECK)\b/m);
    expect(stageOf(name)).not.toMatch(/^(ENTRYPOINT|CMD) (?!\[)/m);
  }
});

test('the user is a number, which runAsNonRoot can judge, and not root’s', () => {
  expect(/^USER (\d+):(\d+)$/m.exec(stageOf('runtime'))?.slice(1)).toEqual(['10001', '10001']);
});

test('it ends at SIGTERM, and what others are built on comes last', () => {
  expect(stageOf('runtime')).toMatch(/^STOPSIGNAL SIGTERM$/m);
  expect(stages.at(-1)).toBe(stageOf('relay'));
});

test.each(['simulator', 'relay'])('%s has the labels of the OCI image specification', (name) => {
  const labels = [...(stageOf('runtime') + stageOf(name)).matchAll(/org\.opencontainers\.image\.([\w.]+)=/g)];
  const wanted = [
    'base.name',
    'description',
    'documentation',
    'licenses',
    'revision',
    'source',
    'title',
    'vendor',
    'version',
  ];
  expect(new Set(labels.map(([, label]) => label))).toEqual(new Set(wanted));
});

test('its documentation is there', () => {
  for (const [, path = ''] of text.matchAll(/\/blob\/main\/([\w./-]+)"/g))
    expect(existsSync(join(WORKSPACE, path))).toBe(true);
});

/** https://github.com/nodejs/node/blob/main/BUILDING.md: official binaries for Linux link libatomic since 25. */
test('Node is of a line that asks for no libatomic', () => {
  expect(/^ARG NODE_IMAGE=node:(\d+)-/m.exec(text)?.[1]).toBe('24');
});

test('what is sent to the builder is named, so that no secret and no journal is', () => {
  const lines = readFileSync(`${DOCKERFILE}.dockerignore`, 'utf8')
    .split('\n')
    .filter((line) => !/^(#|$)/.test(line));
  expect(lines[0]).toBe('*');
  for (const line of lines.filter((each) => each.startsWith('!')))
    expect(existsSync(join(WORKSPACE, line.slice(1)))).toBe(true);
});
