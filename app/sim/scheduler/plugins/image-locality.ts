import type { Plugin } from '../framework/types.ts';

const MEGABYTE = 1024 * 1024;
const LEAST = 23 * MEGABYTE;
const MOST_PER_CONTAINER = 1_000 * MEGABYTE;

/** Prefers nodes that hold the images already, the more so the more nodes hold them. models plugins/imagelocality */
export const imageLocality: Plugin = {
  name: 'ImageLocality',
  weight: 1,
  score({ pod, nodes, cluster }, node) {
    const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
    let sum = 0;
    for (const { image = '' } of containers) {
      const known = cluster.cache.images.get(normalized(image));
      if (known?.nodes.has(node.name)) sum += Math.floor(known.size * (known.nodes.size / nodes.length));
    }
    const most = MOST_PER_CONTAINER * containers.length;
    return Math.floor((100 * (Math.min(Math.max(sum, LEAST), most) - LEAST)) / (most - LEAST));
  },
};

/** models normalizedImageName: the tag is spelled out, the registry is not. */
function normalized(image: string): string {
  return image.lastIndexOf(':') <= image.lastIndexOf('/') ? `${image}:latest` : image;
}
