import { describe, expect, it } from 'vitest';
import type { Container, Pod, Stored } from '../../../contracts/k8s/index.ts';
import type { ContainerStatus } from '../../container-runtime/cri.ts';
import { containerHash, HASH_LABEL, podActions } from './actions.ts';
import { newMemory } from './memory.ts';

type Given = [name: string, state: 'running' | 'exited' | 'created', exitCode?: number, attempt?: number];

function facts(spec: { init?: Partial<Container>[]; main?: Partial<Container>[]; ephemeral?: Partial<Container>[]; restartPolicy?: string }, given: Given[], notes: { failed?: string; started?: string[] } = {}): Parameters<typeof podActions>[0] {
  const named = (list: Partial<Container>[] | undefined, prefix: string): Container[] => (list ?? []).map((own, index) => ({ name: `${prefix}${index}`, image: 'busybox', ...own }) as Container);
  const pod = { metadata: {}, spec: { restartPolicy: spec.restartPolicy ?? 'Always', initContainers: named(spec.init, 'i'), containers: named(spec.main ?? [{}], 'm'), ephemeralContainers: named(spec.ephemeral, 'e') } } as unknown as Stored<Pod>;
  const all = [...pod.spec!.initContainers!, ...pod.spec!.containers, ...(pod.spec!.ephemeralContainers as Container[])];
  const containers = given.map(([name, state, exitCode = 0, attempt = 0]) => ({ id: `${name}${attempt}`, state, exitCode, config: { name, attempt, labels: { [HASH_LABEL]: containerHash({ ...all.find((candidate) => candidate.name === name)!, image: 'busybox' }) } } }) as unknown as ContainerStatus);
  return { pod, containers, restartForResize: new Set(), memory: (name) => ({ ...newMemory(), failedProbe: notes.failed === name ? 'liveness' : undefined, started: notes.started?.includes(name) ?? false }) };
}

const said = (actions: ReturnType<typeof podActions>): string => (actions.killPod ? 'over' : [...actions.kill.map(({ message }) => `kill: ${message}`), ...actions.start.map(({ container }) => `start ${container.name}`)].join(', '));

describe('podActions', () => {
  it.each<[string, Parameters<typeof facts>, string]>([
    ['all main containers at once', [{ main: [{}, {}] }, []], 'start m0, start m1'],
    ['init containers one by one', [{ init: [{}, {}] }, []], 'start i0'],
    ['… the next when the last has ended well', [{ init: [{}, {}] }, [['i0', 'exited']]], 'start i1'],
    ['… main ones at the end', [{ init: [{}] }, [['i0', 'exited']]], 'start m0'],
    ['… again when it failed', [{ init: [{}] }, [['i0', 'exited', 1]]], 'start i0'],
    ['… and the Pod is over when it may not', [{ init: [{}], restartPolicy: 'Never' }, [['i0', 'exited', 1]]], 'over'],
    ['a sidecar first', [{ init: [{ restartPolicy: 'Always' }] }, []], 'start i0'],
    ['… and others when it has started', [{ init: [{ restartPolicy: 'Always' }] }, [['i0', 'running']], { started: ['i0'] }], 'start m0'],
    ['… not before', [{ init: [{ restartPolicy: 'Always' }] }, [['i0', 'running']]], ''],
    ['… again while the main container runs', [{ init: [{ restartPolicy: 'Always' }] }, [['i0', 'exited', 1], ['m0', 'running']]], 'start i0'],
    ['… it does not keep a finished Pod up', [{ init: [{ restartPolicy: 'Always' }], restartPolicy: 'Never' }, [['i0', 'running'], ['m0', 'exited']], { started: ['i0'] }], 'over'],
    ['Always starts again', [{}, [['m0', 'exited', 0]]], 'start m0'],
    ['OnFailure does not when all went well', [{ restartPolicy: 'OnFailure' }, [['m0', 'exited', 0]]], 'over'],
    ['OnFailure does when it did not', [{ restartPolicy: 'OnFailure' }, [['m0', 'exited', 2]]], 'start m0'],
    ['Never leaves the others running', [{ restartPolicy: 'Never', main: [{}, {}] }, [['m0', 'exited', 2], ['m1', 'running']]], ''],
    ['a rule overrides the policy', [{ restartPolicy: 'Never', main: [{ restartPolicy: 'Never', restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }] }] }, [['m0', 'exited', 42]]], 'start m0'],
    ['a failed probe kills', [{}, [['m0', 'running']], { failed: 'm0' }], 'kill: Container m0 failed liveness probe, will be restarted'],
    ['a changed image kills', [{ main: [{ image: 'other' }] }, [['m0', 'running']]], 'kill: Container m0 definition changed, will be restarted'],
    ['ephemeral containers come any time, once', [{ ephemeral: [{}, {}] }, [['m0', 'running'], ['e0', 'exited', 1]]], 'start e1'],
  ])('%s', (_, given, expected) => {
    expect(said(podActions(facts(...given)))).toBe(expected);
  });
});
