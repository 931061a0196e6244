import type { ClusterEntry, ClusterSnapshot } from '../../../app/contracts/ipc/index.ts';

const STATES: Readonly<Record<ClusterSnapshot['state'], string>> = { starting: 'starting', running: 'running', degraded: 'parts are stopped', stopped: 'stopped', failed: 'failed' };

/** What the title bar says of the cluster that is shown. */
export function titleOf({ provider, name, version, state }: ClusterSnapshot): string {
  const what = provider === 'sim' ? 'simulated cluster' : provider === 'kind' ? `kind ${name}` : name ?? 'context';
  const how = provider === 'context' && state === 'degraded' ? 'does not answer' : STATES[state];
  return `${what} ${version} · ${how}`;
}

/** State, version and nodes of one line of the chooser. */
export function describe({ state, version, nodes, where, problem }: ClusterEntry): string {
  if (problem) return problem;
  const states = { running: 'running', partly: 'some nodes are off', stopped: 'switched off', making: 'being made', unknown: '' } as const;
  return [states[state], version, nodes === undefined ? '' : `${nodes} ${nodes === 1 ? 'node' : 'nodes'}`, where].filter(Boolean).join(' · ');
}
