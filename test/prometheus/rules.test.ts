/** The alert rules are good rules, each is tried on series that set it off and on some that must not, and each has a runbook. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { allPages, ROOT } from '../docs/markdown.ts';
import { needed } from '../services/needed.ts';
import { promtool } from '../services/prometheus/prometheus.ts';

const FOLDER = join(ROOT, 'deploy/prometheus');
const RULES = 'audit-relay.rules.yaml';
const TESTS = 'audit-relay.rules.test.yaml';
const RUNBOOKS = 'https://github.com/audit-relay/audit-relay/blob/main/docs/OPERATING.md#';

interface Rule {
  readonly alert: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface Case {
  readonly name: string;
  readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts: readonly unknown[] }[];
}

function read<T>(file: string): T {
  return parse(readFileSync(join(FOLDER, file), 'utf8')) as T;
}

const { groups } = read<{ readonly groups: readonly { readonly rules: readonly Rule[] }[] }>(RULES);
const rules = groups.flatMap((group) => group.rules);
const cases = read<{ readonly tests: readonly Case[] }>(TESTS).tests;

describe('promtool', () => {
  const tool = needed({ name: 'promtool', get: promtool });

  test.each([
    ['finds nothing to say of the rules', ['check', 'rules', '--lint=all', '--lint-fatal', RULES]],
    ['sees each go off where it should, and nowhere else', ['test', 'rules', TESTS]],
  ])('%s', (_, args) => {
    const { status, stdout, stderr } = spawnSync(tool(), args, { cwd: FOLDER, encoding: 'utf8' });
    expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: expect.stringContaining('SUCCESS') });
  });
});

describe.each(rules)('$alert', ({ alert, labels, annotations }) => {
  const tried = cases
    .flatMap(({ alert_rule_test }) => alert_rule_test)
    .filter(({ alertname }) => alertname === alert)
    .map(({ exp_alerts }) => exp_alerts.length > 0);

  test('is tried on series that set it off, and on series that must not', () => {
    expect(tried).toEqual(expect.arrayContaining([false, true]));
  });

  test('has a runbook that is there', () => {
    const anchor = annotations['runbook_url']?.replace(RUNBOOKS, '') ?? '';
    expect(annotations['runbook_url']).toBe(RUNBOOKS + anchor);
    expect([...(allPages().find(({ file }) => file === 'docs/OPERATING.md')?.anchors ?? [])]).toContain(anchor);
  });

  test('says how grave it is, and what is wrong', () => {
    expect(['critical', 'warning']).toContain(labels['severity']);
    expect(annotations['summary']).toMatch(/\S/);
    expect(annotations['description']).toMatch(/\S/);
  });
});
