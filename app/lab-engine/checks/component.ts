import type { CheckType } from './check.ts';

/** A part of the cluster runs, or is stopped. For what nobody can see through the API: that the API itself is gone. */
export const component: CheckType<'component'> = {
  kind: 'component',
  async run({ id, running }, { cluster }) {
    const part = cluster.capability('components')?.list().find((candidate) => candidate.id === id);
    const word = (is: boolean): string => (is ? 'running' : 'stopped');
    return { passed: part?.running === running, expected: `${id} ${word(running)}`, observed: part ? `${id} ${word(part.running)}` : `no part called ${id}` };
  },
};
