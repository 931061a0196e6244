import { describe, expect, it } from 'vitest';
import type { Pod } from '../../../../contracts/k8s/index.ts';
import { applyPodSpecDefaults } from '../../shared/pod-spec-defaults.ts';
import { ephemeralContainers } from './ephemeral-containers.ts';
import { resize } from './resize.ts';

function pod(spec: object, metadata: object = {}): Pod {
  const made = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'n', generation: 1, ...metadata }, spec: { containers: [{ name: 'a', image: 'x' }], ...spec }, status: { phase: 'Running' } } as unknown as Pod;
  applyPodSpecDefaults(made.spec!, { isTemplate: false });
  return made;
}

function findings(strategy: typeof resize, next: Pod, previous: Pod): string[] {
  strategy.prepareForUpdate(next, previous);
  return strategy.validate(next, previous).map(({ field, type, detail }) => `${field} ${type} ${detail}`.trim());
}

const debuggers = (...names: string[]): object => ({ ephemeralContainers: names.map((name) => ({ name, image: 'busybox:1.36' })) });

describe('pods/ephemeralcontainers', () => {
  it.each<[string, Pod, Pod, string[]]>([
    ['may be added', pod(debuggers('d')), pod({}), []],
    ['stay as they are', pod({ ephemeralContainers: [{ name: 'd', image: 'alpine' }] }), pod(debuggers('d')), ['spec.ephemeralContainers Forbidden existing ephemeral containers "d" may not be changed']],
    ['are never taken away', pod(debuggers('e')), pod(debuggers('d')), ['spec.ephemeralContainers Forbidden existing ephemeral containers "d" may not be removed']],
    ['have names of their own and a target that is there', pod({ ephemeralContainers: [{ name: 'a', image: 'x', targetContainerName: 'nope' }] }), pod({}), ['spec.ephemeralContainers[0].name Duplicate', 'spec.ephemeralContainers[0].targetContainerName NotFound']],
    ['are not for static Pods', pod(debuggers('d')), pod({}, { annotations: { 'kubernetes.io/config.mirror': 'u' } }), ['Forbidden static pods do not support ephemeral containers']],
  ])('%s', (_, next, previous, expected) => expect(findings(ephemeralContainers, next, previous)).toEqual(expected));

  it('changes nothing else', () => {
    const next = pod({ ...debuggers('d'), containers: [{ name: 'a', image: 'other' }], nodeName: 'n' }, { labels: { a: 'b' } });
    ephemeralContainers.prepareForUpdate(next, pod({}));
    expect(next.spec!.containers[0]!.image).toBe('x');
    expect(next.spec!.nodeName).toBeUndefined();
    expect(next.metadata).toEqual({ name: 'p', namespace: 'n', generation: 2 });
  });
});

describe('pods/resize', () => {
  const sized = (requests: object, limits?: object): object => ({ containers: [{ name: 'a', image: 'x', resources: { requests, ...(limits ? { limits } : {}) } }] });
  it.each<[string, Pod, Pod, string[]]>([
    ['takes other amounts', pod(sized({ cpu: '2', memory: '1Gi' })), pod(sized({ cpu: '1', memory: '1Gi' })), []],
    ['keeps the QoS class', pod(sized({ cpu: '1' })), pod({}), ['spec Invalid Pod QOS Class may not change as a result of resizing']],
    ['takes no amount away', pod(sized({ cpu: '1' })), pod(sized({ cpu: '1', memory: '1Gi' })), ['spec.containers[0].resources.requests Forbidden resource requests cannot be removed']],
    ['is for CPU and memory only', pod(sized({ cpu: '1', 'ephemeral-storage': '2Gi' })), pod(sized({ cpu: '1', 'ephemeral-storage': '1Gi' })), ['spec Forbidden only cpu and memory resources are mutable']],
    ['adds no containers', pod({ containers: [{ name: 'a', image: 'x' }, { name: 'b', image: 'x' }] }), pod({}), ['spec.containers Forbidden containers may not be added or removed on resize']],
    ['renames no containers', pod({ containers: [{ name: 'b', image: 'x' }] }), pod({}), ['spec.containers Forbidden containers may not be renamed or reordered on resize']],
    ['is not for static Pods', pod({}), pod({}, { annotations: { 'kubernetes.io/config.mirror': 'u' } }), ['Forbidden static pods cannot be resized']],
  ])('%s', (_, next, previous, expected) => expect(findings(resize, next, previous)).toEqual(expected));
});
