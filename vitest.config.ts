/** Unit tests stand beside their source; what crosses packages is in `test/` and runs against `dist`. */
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'packages',
          include: ['packages/*/src/**/*.test.ts', 'packages/agent/page/src/*.test.ts'],
          maxWorkers: workers(),
          // A test that hangs ends some time; a slow machine ends none.
          testTimeout: 240_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: { name: 'scripts', include: ['scripts/*.test.mjs'], maxWorkers: workers(), testTimeout: 240_000 },
      },
      {
        test: {
          name: 'across',
          include: ['test/**/*.test.ts'],
          exclude: ['test/dist/**', 'test/elasticsearch/**', 'test/kafka/**', 'test/kubernetes/**'],
          maxWorkers: workers(),
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          name: 'elasticsearch',
          include: ['test/elasticsearch/**/*.test.ts'],
          globalSetup: ['test/services/run-wide.ts'],
          // After all the others: a node and what it is asked need the machine, and more than two files memory too.
          sequence: { groupOrder: 1 },
          maxWorkers: 2,
          testTimeout: 180_000,
          // The first on a machine downloads what it starts.
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'kafka',
          include: ['test/kafka/**/*.test.ts'],
          globalSetup: ['test/services/run-wide.ts'],
          // Beside the nodes of Elasticsearch: brokers are small, and most of the time somebody waits.
          sequence: { groupOrder: 1 },
          maxWorkers: 2,
          testTimeout: 600_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});

/**
 * One more than there are cores, because tests across packages wait for a third of their time: for a child process, a
 * poll, a retry. All files may run side by side: each has folders and ports of its own.
 */
function workers(): number {
  return availableParallelism() + 1;
}
