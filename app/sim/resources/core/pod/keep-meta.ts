import type { Pod } from '../../../../contracts/k8s/index.ts';

const KEPT = ['labels', 'annotations', 'finalizers', 'ownerReferences'] as const;

/** A subresource changes no metadata that people set. models apimachinery: ResetObjectMetaForStatus */
export function keepMeta(next: Pod, previous: Readonly<Pod>): void {
  const meta = next.metadata as Record<string, unknown>;
  for (const field of KEPT) {
    const before = previous.metadata?.[field];
    if (before === undefined) delete meta[field];
    else meta[field] = before;
  }
}
