import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['app/**/*.test.ts', 'build/**/*.test.ts', 'build/**/*.test.mjs', 'renderer/**/*.test.ts'],
    setupFiles: ['build/checks/leaks.setup.ts'],
    pool: 'threads',
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
