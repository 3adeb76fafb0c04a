/**
 * `npm run test:kubernetes`: what needs Helm and a kube-apiserver, which are built from their Go modules. By itself, since
 * the first build on a machine takes longer than all other tests.
 */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    name: 'kubernetes',
    include: ['test/kubernetes/**/*.test.ts'],
    maxWorkers: 1,
    testTimeout: 120_000,
    hookTimeout: 2_400_000,
  },
});
