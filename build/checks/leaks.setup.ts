// A test that leaves disposables behind fails: what was made in it must be disposed in it.
import { afterEach, beforeEach, expect } from 'vitest';
import { setDisposableTracker, type Disposable } from '../../app/base/lifecycle/index.ts';

const open = new Map<Disposable, string>();

beforeEach(() => {
  open.clear();
  setDisposableTracker({
    made: (disposable) => void open.set(disposable, new Error().stack?.split('\n').slice(4, 8).join('\n') ?? ''),
    disposed: (disposable) => void open.delete(disposable),
  });
});

afterEach(() => {
  setDisposableTracker(undefined);
  const leaks = [...open.values()];
  expect(leaks, `${leaks.length} disposables were not disposed; the first was made at\n${leaks[0] ?? ''}`).toHaveLength(0);
});
