import type { ScorePlugin } from '../framework/types.ts';

const MEGABYTE = 1024 * 1024;
const LEAST = 23 * MEGABYTE;
const MOST_PER_CONTAINER = 1_000 * MEGABYTE;

/** Prefers nodes that hold the images already. models plugins/imagelocality */
export const imageLocality: ScorePlugin = {
  name: 'ImageLocality',
  weight: 1,
  score({ pod, nodes }, { node }) {
    const containers = pod.spec?.containers ?? [];
    const has = (images: typeof node, name: string): number => (images.status?.images ?? []).find((image) => (image.names ?? []).some((candidate) => candidate === name || candidate.endsWith(`/${name}`)))?.sizeBytes ?? 0;
    const sum = containers.reduce((total, container) => {
      const size = has(node, container.image ?? '');
      const holders = size === 0 ? 0 : nodes.filter((other) => has(other.node, container.image ?? '') > 0).length;
      return total + (nodes.length === 0 ? 0 : size * (holders / nodes.length));
    }, 0);
    const most = MOST_PER_CONTAINER * containers.length;
    return Math.floor((100 * (Math.min(Math.max(sum, LEAST), most) - LEAST)) / (most - LEAST));
  },
};
