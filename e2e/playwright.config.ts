import { defineConfig } from '@playwright/test';

/** The real app, one at a time. What a test keeps (screenshots, on failure a trace) goes to test-results/. */
export default defineConfig({
  testDir: 'specs',
  outputDir: '../test-results',
  timeout: 120_000,
  expect: { timeout: 30_000 },
  workers: 1,
  retries: process.env['CI'] ? 1 : 0,
  forbidOnly: true,
  reporter: 'line',
});
