/** The chart has a copy of the alerts, as a chart reads nothing outside of itself: it is the very same. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { WORKSPACE } from './image-root.ts';

test('the chart’s alerts are those of deploy/prometheus', () => {
  const ours = readFileSync(join(WORKSPACE, 'deploy/prometheus/audit-relay.rules.yaml'), 'utf8');
  expect(readFileSync(join(WORKSPACE, 'deploy/helm/audit-relay/files/alerts.yaml'), 'utf8')).toBe(ours);
});
