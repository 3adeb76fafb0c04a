/**
 * Splunk's own judge of add-ons, AppInspect, with the checks of Splunk Cloud: no error, no failure, and no warning that the
 * add-on's README does not explain by the name of its check.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { needed } from '../services/needed.ts';
import { python } from '../services/python.ts';
import { builtAddon, filesOf, ROOT } from './archive.ts';
import { readConf } from './conf.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url)).replace('/test/dist/', '/test/');
const folder = mkdtempSync(join(tmpdir(), 'audit-relay-appinspect-'));
afterAll(() => rmSync(folder, { recursive: true }));

const pythonOf = needed({
  name: 'AppInspect',
  get: () => python({ name: 'appinspect', requirements: join(HERE, 'appinspect.txt') }),
});

/** AppInspect asks the system for libmagic; this brings one along, so that no machine lacks it. */
const RUN = 'import sys, pylibmagic; from splunk_appinspect.main import execute; sys.exit(execute())';

interface Finding {
  readonly check: string;
  readonly result: string;
  readonly messages: readonly string[];
}

/** The part read of AppInspect's report. */
interface Report {
  readonly summary: Readonly<Record<string, number>>;
  readonly reports: readonly {
    readonly groups: readonly {
      readonly checks: readonly {
        readonly name: string;
        readonly result: string;
        readonly messages: readonly { readonly message: string }[];
      }[];
    }[];
  }[];
}

/** Everything but what passed or was about nothing in it; and how many checks passed. */
async function inspected(archive: string): Promise<{ readonly findings: readonly Finding[]; readonly passed: number }> {
  const out = `${archive}.json`;
  const inspect = ['inspect', archive, '--included-tags', 'cloud', '--skip-trusted-libraries-update'];
  await pythonOf().run(['-c', RUN, ...inspect, '--data-format', 'json', '--output-file', out], { cwd: folder });
  const { summary, reports } = JSON.parse(readFileSync(out, 'utf8')) as Report; // as the version that is pinned has it
  const checks = reports.flatMap(({ groups }) => groups.flatMap((group) => group.checks));
  const findings = checks
    .filter(({ result }) => result !== 'success' && result !== 'not_applicable')
    .map(({ name, result, messages }) => ({ check: name, result, messages: messages.map(({ message }) => message) }));
  return { findings, passed: summary['success'] ?? 0 };
}

test('finds nothing in the add-on that its README does not explain', async () => {
  const { name, content } = await builtAddon();
  const archive = join(folder, name);
  writeFileSync(archive, content);
  const { findings, passed } = await inspected(archive);
  const explained = filesOf(content).get('README.md') ?? '';
  const isExplained = ({ result, check }: Finding): boolean => result === 'warning' && explained.includes(check);
  expect(findings.filter((finding) => !isExplained(finding))).toEqual([]);
  expect(passed).toBeGreaterThan(90);
});

/** Splunk’s own reading of .conf files: one line of JSON for each. */
const READ = `
import json, sys
from splunk_appinspect.configuration_file import ConfigurationFile
from splunk_appinspect.configuration_parser import configuration_lexer, parse
for name in sys.argv[1:]:
    conf = ConfigurationFile()
    parse(open(name, "rb"), conf, configuration_lexer)
    assert not conf.errors, conf.errors
    print(json.dumps([[s.name, o.name, o.value.split()] for s in conf.sections() for o in s.settings()]))`;

test('reads the .conf files as the other tests do', async () => {
  const confs = [...filesOf((await builtAddon()).content)].filter(([path]) => path.endsWith('.conf'));
  const paths = confs.map(([path, text]) => {
    const file = join(folder, path.replaceAll('/', '-'));
    writeFileSync(file, text);
    return file;
  });
  const said = await pythonOf().run(['-c', READ, ...paths]);
  // A line that goes on is joined with a line break by one and without by the other: words are compared.
  const ours = confs.map(([, text]) =>
    [...readConf(text)].flatMap(([stanza, settings]) =>
      [...settings].map(([key, value]) => [stanza, key, value.split(/\s+/).filter(Boolean)]),
    ),
  );
  expect(ours).toEqual(
    said
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  );
});

test('does find what Splunk Cloud refuses, so that the test above can fail', async () => {
  const spoilt = join(folder, 'spoilt', ROOT);
  for (const [path, text] of filesOf((await builtAddon()).content)) {
    mkdirSync(join(spoilt, path, '..'), { recursive: true });
    writeFileSync(join(spoilt, path), text);
  }
  writeFileSync(join(spoilt, 'default/limits.conf'), '[spath]\nextraction_cutoff = 100000\n');
  const archive = join(folder, 'spoilt.tgz');
  execFileSync('tar', ['-czf', archive, '-C', join(folder, 'spoilt'), ROOT]);
  const { findings } = await inspected(archive);
  expect(findings.filter(({ result }) => result === 'failure').map(({ messages }) => messages.join())).toEqual([
    expect.stringContaining('limits.conf'),
  ]);
});
