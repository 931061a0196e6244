import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { launchAt, prepareLaunch, type Launch } from './environment.ts';

let data: string;
let own: Launch;
beforeEach(() => {
  data = mkdtempSync(path.join(tmpdir(), 'orrery-terminal-'));
  own = prepareLaunch({ name: 'bash', file: '/bin/bash' } as never, { data, tools: '/tools', labCommand: '/lab.mjs', runtime: '/node' }, { HOME: '/home/you', PATH: '/usr/bin', KUBECONFIG: '/home/you/.kube/config' });
});
afterEach(() => rmSync(data, { recursive: true }));

test.each([
  ['node/worker-1', 'lab', ['shell', 'worker-1']],
  ['pod/default/web-0/nginx', 'kubectl', ['exec', '-it', '-n', 'default', 'web-0', '-c', 'nginx', '--', 'sh']],
])('a terminal at %s is a command that the learner could type', (place, tool, args) => {
  const launch = launchAt(place, own);
  expect([launch.file, launch.args]).toEqual([path.join(data, 'shell/bin', tool), args]);
  expect(launch.environment['KUBECONFIG']).toBe(path.join(data, 'kubeconfig'));
});
