// The real app on an empty data folder, driven as the end-to-end tests drive it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ElectronApplication } from '@playwright/test';
import { launch } from '../../e2e/fixtures/app.ts';
import { Window } from '../../e2e/pages/window.ts';

export interface OpenApp {
  readonly app: ElectronApplication;
  readonly window: Window;
}

/** Starts the app, waits until chapter, diagram and prompt are live, runs `body`, and takes all away again. */
export async function withApp<T>(body: (open: OpenApp) => Promise<T>): Promise<T> {
  const data = mkdtempSync(path.join(tmpdir(), 'orrery-bench-'));
  const app = await launch(data);
  try {
    const window = new Window(await app.firstWindow());
    await window.isLive();
    return await body({ app, window });
  } finally {
    await app.close();
    rmSync(data, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}
