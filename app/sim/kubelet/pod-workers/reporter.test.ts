import { expect, it } from 'vitest';
import { statusPatch } from './reporter.ts';

it('names what is no longer so, because conditions are merged by type', () => {
  const before = { phase: 'Running', reason: 'Evicted', conditions: [{ type: 'Ready', status: 'False', reason: 'ContainersNotReady', message: 'containers with unready status: [main]' }, { type: 'PodResizePending', status: 'True' }, { type: 'example.com/gate', status: 'True' }] };
  expect(statusPatch({ phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }, before)).toEqual({
    phase: 'Running', reason: null, conditions: [{ type: 'Ready', status: 'True', reason: null, message: null }, { type: 'PodResizePending', $patch: 'delete' }],
  });
});
