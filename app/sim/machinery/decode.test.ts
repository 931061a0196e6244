import { describe, expect, it } from 'vitest';
import { schemas } from '../resources/schemas/index.ts';
import { decodeObject } from './decode.ts';

const pod = 'io.k8s.api.core.v1.Pod';
const container = { name: 'a', image: 'nginx' };
const decode = (body: object, type = pod): ReturnType<typeof decodeObject> => decodeObject(body as never, type, schemas);

describe('decodeObject', () => {
  it('orders fields, drops nulls and empties, writes what Go always writes', () => {
    const { object, unknownFields } = decode({ spec: { hostname: '', tolerations: [], nodeSelector: {}, containers: [container], dnsPolicy: null }, metadata: { name: 'x', labels: { b: '1', a: '' } }, kind: 'Pod', apiVersion: 'v1' });
    expect(JSON.stringify(object)).toBe(
      '{"kind":"Pod","apiVersion":"v1","metadata":{"name":"x","labels":{"a":"","b":"1"}},"spec":{"containers":[{"name":"a","image":"nginx","resources":{}}]},"status":{}}',
    );
    expect(unknownFields).toEqual([]);
  });

  it('reports unknown fields in the order of the body and keeps an empty object that was asked for', () => {
    const { object, unknownFields } = decode({ metadata: { name: 'x' }, spec: { nope: 1, containers: [{ ...container, imagePullPolicyy: 'x' }], volumes: [{ name: 'v', emptyDir: {} }] } });
    expect(unknownFields).toEqual(['spec.nope', 'spec.containers[0].imagePullPolicyy']);
    expect((object['spec'] as { volumes: unknown }).volumes).toEqual([{ name: 'v', emptyDir: {} }]);
  });

  it('makes quantities canonical', () => {
    const { object } = decode({ spec: { containers: [{ ...container, resources: { limits: { memory: '1.5Gi', cpu: 0.5 } } }] } });
    expect(JSON.stringify(object)).toContain('"limits":{"cpu":"500m","memory":"1536Mi"}');
  });

  it.each([
    [{ spec: { activeDeadlineSeconds: '5', containers: [] } }, 'json: cannot unmarshal string into Go struct field PodSpec.spec.activeDeadlineSeconds of type int64'],
    [{ spec: { containers: [{ name: 'a', image: 5 }] } }, 'json: cannot unmarshal number into Go struct field Container.spec.containers.image of type string'],
    [{ spec: { containers: [{ livenessProbe: { exec: { command: [true] } } }] } }, 'json: cannot unmarshal bool into Go struct field ExecAction.spec.containers.livenessProbe.ProbeHandler.exec.command of type string'],
    [{ spec: { volumes: [{ name: 'a', configMap: 'b' }] } }, 'json: cannot unmarshal string into Go struct field Volume.spec.volumes.VolumeSource.configMap of type v1.ConfigMapVolumeSource'],
    [{ spec: { containers: {} } }, 'json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container'],
    [{ metadata: { labels: ['a'] } }, 'json: cannot unmarshal array into Go struct field ObjectMeta.metadata.labels of type map[string]string'],
    [{ metadata: { labels: { a: true } } }, 'json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.labels of type string'],
    [{ metadata: { creationTimestamp: 'yesterday' } }, 'parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"'],
  ])('refuses %j', (body, message) => expect(() => decode(body)).toThrow(message));

  it('refuses numbers that do not fit', () => {
    const replicas = (value: number) => () => decode({ spec: { replicas: value } }, 'io.k8s.api.apps.v1.Deployment');
    expect(replicas(1.5)).toThrow('json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32');
    expect(replicas(3_000_000_000)).toThrow('json: cannot unmarshal number 3000000000 into Go struct field DeploymentSpec.spec.replicas of type int32');
  });
});
