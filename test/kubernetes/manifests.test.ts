/** The plain manifests beside the chart: they are what the chart gives. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { run } from '../agent/command.ts';
import { WORKSPACE } from '../deploy/image-root.ts';
import { runCommand } from '../services/command.ts';
import { helmFile } from '../services/kubernetes/helm.ts';
import { needed } from '../services/needed.ts';

const FOLDER = join(WORKSPACE, 'deploy/kustomize');
const helm = needed({ name: 'Helm', get: helmFile, firstTimeMs: 1_800_000 });

test('they are current', async () => {
  const args = ['scripts/manifests.mjs', '--check', '--helm', helm()];
  await expect(runCommand({ file: process.execPath, args, cwd: WORKSPACE })).resolves.toBe('');
});

test('each is named, and nothing else is', () => {
  const { resources, configMapGenerator } = parse(readFileSync(join(FOLDER, 'kustomization.yaml'), 'utf8'));
  const named = [
    ...resources,
    ...configMapGenerator.flatMap(({ files }: { readonly files: readonly string[] }) => files),
  ];
  expect(new Set([...named, 'kustomization.yaml', 'values.yaml'])).toEqual(new Set(readdirSync(FOLDER)));
});

test('their configuration is one that the relay takes, once the Secret is there', async () => {
  const { out } = await run({ args: ['validate', '--json', '--config', 'audit-relay.yaml'], cwd: FOLDER });
  const codes = JSON.parse(out).problems.map(({ code }: { readonly code: string }) => code);
  expect(new Set(codes)).toEqual(new Set(['CONFIG_SECRET_UNREADABLE']));
});
