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
          exclude: ['test/dist/**'],
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
