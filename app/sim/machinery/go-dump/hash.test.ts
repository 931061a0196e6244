// Names of ReplicaSets that real clusters gave to these templates.
import { describe, expect, it } from 'vitest';
import { podTemplateHash } from './hash.ts';

const template = (container: object, more: object = {}, app = 'web'): object => ({
  metadata: { labels: { app } },
  spec: {
    containers: [{ name: 'nginx', image: 'nginx:1.27', resources: {}, terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'File', imagePullPolicy: 'IfNotPresent', ...container }],
    restartPolicy: 'Always', terminationGracePeriodSeconds: 30, dnsPolicy: 'ClusterFirst', securityContext: {}, schedulerName: 'default-scheduler', ...more,
  },
});

describe('pod-template-hash', () => {
  it.each([
    ['7d876db474', template({})],
    ['6478f9d6b4', template({ env: [{ name: 'COLOR', value: 'green' }] })],
    ['6d7d8d4df5', template({ image: 'nginx:does-not-exist', env: [{ name: 'COLOR', value: 'green' }] })],
    ['c74769779', template({ env: [{ name: 'TIER', value: 'front' }] })],
    ['665fccb555', template({ ports: [{ containerPort: 80, protocol: 'TCP' }] }, {}, 'shop')],
  ])('%s', (hash, made) => expect(podTemplateHash(made, undefined)).toBe(hash));

  it('changes with the collision count', () => expect(podTemplateHash(template({}), 1)).not.toBe('7d876db474'));
});
