import { expect, it } from 'vitest';
import type { ClusterEntry, ClusterSnapshot } from '../../../app/contracts/ipc/index.ts';
import { describe, titleOf } from './words.ts';

const snapshot = (more: Partial<ClusterSnapshot>): ClusterSnapshot => ({ provider: 'sim', state: 'running', message: '', version: 'v1.36.2', revision: 1, nodes: [], pods: [], services: [], parts: [], ...more });
it.each<[Partial<ClusterSnapshot>, string]>([
  [{}, 'simulated cluster v1.36.2 · running'],
  [{ state: 'degraded' }, 'simulated cluster v1.36.2 · parts are stopped'],
  [{ provider: 'kind', name: 'one' }, 'kind one v1.36.2 · running'],
  [{ provider: 'context', name: 'prod', state: 'degraded' }, 'prod v1.36.2 · does not answer'],
])('%j', (more, text) => expect(titleOf(snapshot(more))).toBe(text));

const entry = (more: Partial<ClusterEntry>): ClusterEntry => ({ id: 'x', provider: 'kind', name: 'x', state: 'running', version: 'v1.36.1', nodes: 3, where: 'containers of this machine', can: [], ...more });
it.each<[Partial<ClusterEntry>, string]>([
  [{}, 'running · v1.36.1 · 3 nodes · containers of this machine'],
  [{ state: 'partly', nodes: 1 }, 'some nodes are off · v1.36.1 · 1 node · containers of this machine'],
  [{ provider: 'context', state: 'unknown', version: '', nodes: undefined, where: 'https://x' }, 'https://x'],
  [{ problem: 'The user u is not in the kubeconfig.' }, 'The user u is not in the kubeconfig.'],
])('%j', (more, text) => expect(describe(entry(more))).toBe(text));
