import type { Plugin } from '../framework/types.ts';

/** The more important first; among equals the queue keeps the order of arrival. models plugins/queuesort */
export const prioritySort: Plugin = {
  name: 'PrioritySort',
  less: (a, b) => (b.spec?.priority ?? 0) - (a.spec?.priority ?? 0),
};
