/** Unit tests stand beside their source; what crosses packages is in `test/` and runs against `dist`. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'packages',
          include: ['packages/*/src/**/*.test.ts'],
          testTimeout: 60_000,
        },
      },
      { test: { name: 'scripts', include: ['scripts/*.test.mjs'] } },
      {
        test: {
          name: 'across',
          include: ['test/**/*.test.ts'],
          exclude: ['test/dist/**', 'test/elasticsearch/**'],
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          name: 'elasticsearch',
          include: ['test/elasticsearch/**/*.test.ts'],
          globalSetup: ['test/services/run-wide.ts'],
          // After all the others: a node and what it is asked need the machine.
          sequence: { groupOrder: 1 },
          fileParallelism: false,
          testTimeout: 180_000,
          // The first on a machine downloads what it starts.
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
