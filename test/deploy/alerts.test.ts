/** The chart has copies of the alerts and of the dashboard, as a chart reads nothing outside of itself: they are the very same. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { WORKSPACE } from './image-root.ts';

test.each([
  ['alerts.yaml', 'deploy/prometheus/audit-relay.rules.yaml'],
  ['dashboard.json', 'deploy/grafana/audit-relay.json'],
])('the chart’s %s is %s', (copy, ours) => {
  const text = readFileSync(join(WORKSPACE, ours), 'utf8');
  expect(readFileSync(join(WORKSPACE, 'deploy/helm/audit-relay/files', copy), 'utf8')).toBe(text);
});
