import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Job, Pod, Stored } from '../../../contracts/k8s/index.ts';
import { jobs, pods } from '../../client/resource-types.ts';
import { ControllerBench } from '../testing.ts';

let bench: ControllerBench;
beforeEach(async () => (bench = await ControllerBench.create({ loops: ['job', 'garbagecollector'] })));
afterEach(() => bench.dispose());

const create = (spec: object, podSpec: object = {}): Promise<unknown> => bench.client.create(jobs, 'default', { metadata: { name: 'j' }, spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'x' }], ...podSpec } }, ...spec } }, []);
const patch = (spec: object): Promise<unknown> => bench.client.patch(jobs, 'default', 'j', { spec }, []);
const status = async (): Promise<NonNullable<Job['status']>> => (await bench.client.get<Job>(jobs, 'default', 'j')).status!;
const conditions = async (): Promise<string[]> => ((await status()).conditions ?? []).map(({ type, status: value, reason }) => `${type}=${value} ${reason}`);
const index = (pod: Stored<Pod>): string | undefined => pod.metadata.annotations?.['batch.kubernetes.io/job-completion-index'];
const held = async (): Promise<number> => (await bench.pods()).filter(({ metadata }) => (metadata.finalizers ?? []).length > 0).length;
const COMPLETE = ['SuccessCriteriaMet=True CompletionsReached', 'Complete=True CompletionsReached'];

describe('a Job', () => {
  it('runs so many Pods side by side until so many have succeeded, and counts each once', async () => {
    bench.play = () => 'ready';
    await create({ completions: 5, parallelism: 2 });
    await bench.settle(6, 500);
    expect(await status()).toMatchObject({ active: 2, ready: 2, terminating: 0, uncountedTerminatedPods: {} });
    bench.play = () => 'succeeded';
    await bench.settle(20, 500);
    expect(await conditions()).toEqual(COMPLETE);
    expect(await status()).toMatchObject({ succeeded: 5, ready: 0, terminating: 0, completionTime: expect.any(String) });
    expect((await status()).active).toBeUndefined();
    expect(await held()).toBe(0);
    expect((await bench.eventLines()).filter((line) => /Job|Created/.test(line)).at(-1)).toBe('Completed: Job completed');
  });

  it('tries again with growing patience, until it gives up', async () => {
    bench.play = () => 'failed';
    await create({ backoffLimit: 2 });
    await bench.settle(8, 1_000);
    expect((await bench.pods()).length).toBe(1);
    await bench.settle(60, 1_000);
    expect(await conditions()).toEqual(['FailureTarget=True BackoffLimitExceeded', 'Failed=True BackoffLimitExceeded']);
    expect(await status()).toMatchObject({ failed: 3 });
    const [a, b, c] = (await bench.pods()).map(({ metadata }) => Date.parse(metadata.creationTimestamp) / 1000).sort();
    expect([b! - a! >= 10, c! - b! >= 20]).toEqual([true, true]);
  });

  it('gives each index its Pod, its name and its own limit', async () => {
    bench.play = (pod) => (index(pod) === '1' ? 'failed' : 'succeeded');
    await create({ completions: 4, parallelism: 4, completionMode: 'Indexed', backoffLimitPerIndex: 1 });
    await bench.settle(40, 1_000);
    expect(await conditions()).toEqual(['FailureTarget=True FailedIndexes', 'Failed=True FailedIndexes']);
    expect(await status()).toMatchObject({ completedIndexes: '0,2,3', failedIndexes: '1', succeeded: 3, failed: 2 });
    const failures = (await bench.pods()).filter((pod) => index(pod) === '1').map(({ metadata }) => metadata.annotations!['batch.kubernetes.io/job-index-failure-count']).sort();
    expect(failures).toEqual(['0', '1']);
    expect((await bench.pods())[0]!.spec!.containers[0]!.env).toEqual([{ name: 'JOB_COMPLETION_INDEX', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: "metadata.labels['batch.kubernetes.io/job-completion-index']" } } }]);
    expect(await held()).toBe(0);
  });

  it.each([
    ['FailJob', { onExitCodes: { operator: 'In', values: [42] } }, ['FailureTarget=True PodFailurePolicy', 'Failed=True PodFailurePolicy'], 1],
    ['Ignore', { onExitCodes: { operator: 'In', values: [42] } }, [], undefined],
    ['Count', { onExitCodes: { operator: 'NotIn', values: [7] } }, ['FailureTarget=True BackoffLimitExceeded', 'Failed=True BackoffLimitExceeded'], 1],
  ])('%s: what a failed Pod means', async (action, rule, expected, failed) => {
    bench.play = () => ({ exitCode: 42 });
    await create({ backoffLimit: 0, podFailurePolicy: { rules: [{ action, ...rule }] } });
    await bench.settle(6, 1_000);
    expect(await conditions()).toEqual(expected);
    expect((await status()).failed).toBe(failed);
    const message = (await status()).conditions?.[0]?.message;
    if (action === 'FailJob') expect(message).toMatch(/^Container c for pod default\/j-\w+ failed with exit code 42 matching FailJob rule at index 0$/);
  });

  it('is done when the success policy says so, and removes the rest', async () => {
    bench.play = (pod) => (index(pod) === '2' ? 'succeeded' : 'ready');
    await create({ completions: 3, parallelism: 3, completionMode: 'Indexed', successPolicy: { rules: [{ succeededIndexes: '2' }] } });
    await bench.settle(8, 1_000);
    expect(await conditions()).toEqual(['SuccessCriteriaMet=True SuccessPolicy', 'Complete=True SuccessPolicy']);
    expect((await bench.pods()).map(index)).toEqual(['2']);
  });

  it('stops when suspended, and starts its time anew', async () => {
    await create({ suspend: true, activeDeadlineSeconds: 30 });
    await bench.settle(4, 1_000);
    expect(await status()).toEqual({ conditions: [expect.objectContaining({ type: 'Suspended', status: 'True' })], ready: 0, terminating: 0, uncountedTerminatedPods: {} });
    await patch({ suspend: false });
    await bench.settle(3, 1_000);
    expect(await status()).toMatchObject({ active: 1, conditions: [{ type: 'Suspended', status: 'False', reason: 'JobResumed' }] });
    await patch({ suspend: true });
    await bench.settle(3, 1_000);
    expect(await bench.pods()).toEqual([]);
    await patch({ suspend: false });
    await bench.settle(36, 1_000);
    expect(await conditions()).toEqual(['Suspended=False JobResumed', 'FailureTarget=True DeadlineExceeded', 'Failed=True DeadlineExceeded']);
    expect((await bench.eventLines()).filter((line) => /suspend|resume|Deadline/i.test(line)).map((line) => line.split(':')[0])).toEqual(['Suspended', 'Resumed', 'DeadlineExceeded']);
  });

  it('waits for Pods to fail before it replaces them, when told so', async () => {
    await create({ podReplacementPolicy: 'Failed' });
    await bench.settle(3, 1_000);
    const [pod] = await bench.pods();
    await bench.client.delete(pods, 'default', pod!.metadata.name, { gracePeriodSeconds: 30 }, []);
    await bench.api.clock.advance(5_000);
    expect(await bench.pods()).toHaveLength(1);
    expect(await status()).toMatchObject({ terminating: 1 });
    await bench.settle(16, 1_000);
    expect((await bench.pods()).filter(({ metadata }) => !metadata.deletionTimestamp)).toHaveLength(1);
  });

  it('lets go of Pods when it is deleted, and leaves a managed Job alone', async () => {
    await create({ parallelism: 2, completions: 2 });
    await bench.settle(3, 1_000);
    await bench.client.delete(jobs, 'default', 'j', { propagationPolicy: 'Background' }, []);
    await bench.settle(4, 1_000);
    expect(await bench.pods()).toEqual([]);
    await create({ managedBy: 'example.com/other' });
    await bench.settle(3, 1_000);
    expect(await bench.pods()).toEqual([]);
  });

  it('counts on where it was stopped', async () => {
    bench.play = () => undefined;
    await create({ completions: 2, parallelism: 2 });
    await bench.settle(3, 1_000);
    bench.manager.setLoop('job', false);
    bench.play = () => 'succeeded';
    await bench.settle(3, 1_000);
    bench.manager.setLoop('job', true);
    await bench.settle(3, 1_000);
    expect(await conditions()).toEqual(COMPLETE);
    expect(await bench.pods()).toHaveLength(2);
  });
});
