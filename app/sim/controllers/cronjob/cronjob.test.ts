import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CronJob, Job } from '../../../contracts/k8s/index.ts';
import { cronJobs, jobs } from '../../client/resource-types.ts';
import { ControllerBench } from '../testing.ts';

let bench: ControllerBench;
beforeEach(async () => (bench = await ControllerBench.create({ loops: ['cronjob', 'job', 'ttl-after-finished-controller', 'garbagecollector'] })));
afterEach(() => bench.dispose());

const MINUTE = 60_000;
const create = (spec: object, jobSpec: object = {}): Promise<unknown> =>
  bench.client.create(cronJobs, 'default', { metadata: { name: 'tick' }, spec: { schedule: '* * * * *', jobTemplate: { spec: { ...jobSpec, template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'x' }] } } } }, ...spec } }, []);
const status = async (): Promise<NonNullable<CronJob['status']>> => (await bench.client.get<CronJob>(cronJobs, 'default', 'tick')).status ?? {};
const jobList = async (): Promise<readonly Awaited<ReturnType<typeof bench.client.get<Job>>>[]> => (await bench.client.list<Job>(jobs, 'default')).items;
const reasons = async (): Promise<string[]> => (await bench.eventLines()).filter((line) => /job/i.test(line) && !line.includes('pod'));
/** So many minutes, in steps that let Pods finish. */
const minutes = (count: number): Promise<void> => bench.settle(count * 12, MINUTE / 12);

describe('a CronJob', () => {
  it('makes a Job each minute, notes it, and keeps the last three', async () => {
    bench.play = () => 'succeeded';
    await create({});
    await minutes(5);
    const list = await jobList();
    // The last one may not have ended yet.
    expect([3, 4]).toContain(list.length);
    expect(list[0]!.metadata.name).toMatch(/^tick-29453\d\d\d$/);
    expect(list[0]!.metadata.annotations).toEqual({ 'batch.kubernetes.io/cronjob-scheduled-timestamp': expect.stringMatching(/^2026-01-01T00:0\d:00Z$/) });
    expect(await status()).toMatchObject({ lastScheduleTime: '2026-01-01T00:05:00Z', lastSuccessfulTime: expect.any(String) });
    // Two loops tell of the end at the same moment, in any order.
    expect((await reasons()).slice(0, 3).map((line) => line.replace(/\d{8}/, 'N')).sort()).toEqual(['Completed: Job completed', 'SawCompletedJob: Saw completed job: tick-N, condition: Complete', 'SuccessfulCreate: Created job tick-N']);
  });

  it.each([['Allow', 2, 2], ['Forbid', 1, 1], ['Replace', 1, 1]])('%s: what becomes of a Job that still runs', async (concurrencyPolicy, there, active) => {
    await create({ concurrencyPolicy });
    await minutes(2);
    expect(await jobList()).toHaveLength(there);
    expect((await status()).active).toHaveLength(active);
    const texts = (await reasons()).join('\n');
    if (concurrencyPolicy === 'Forbid') expect(texts).toContain('JobAlreadyActive: Not starting job because prior execution is running and concurrency policy is Forbid');
    if (concurrencyPolicy === 'Replace') expect(texts).toMatch(/SuccessfulDelete: Deleted job tick-\d+/);
  });

  it('starts what it missed once, unless it is too late', async () => {
    bench.manager.setLoop('cronjob', false);
    await create({ startingDeadlineSeconds: 20 });
    await bench.api.clock.advance(3 * MINUTE + 30_000);
    bench.manager.setLoop('cronjob', true);
    await bench.settle(2, 1_000);
    expect(await jobList()).toHaveLength(0);
    bench.manager.setLoop('cronjob', false);
    await bench.client.patch(cronJobs, 'default', 'tick', { spec: { startingDeadlineSeconds: null } }, []);
    await bench.api.clock.advance(105 * MINUTE);
    bench.manager.setLoop('cronjob', true);
    await bench.settle(2, 1_000);
    expect(await jobList()).toHaveLength(1);
    expect(await bench.eventLines()).toContain('TooManyMissedTimes: too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew');
  });

  it('knows time zones, pauses, and Jobs that somebody else made or took', async () => {
    bench.play = () => undefined;
    await create({ schedule: '4 1 * * *', timeZone: 'Europe/Berlin' });
    await bench.api.clock.advance(5 * MINUTE);
    const [job] = await jobList();
    expect(job!.metadata.annotations!['batch.kubernetes.io/cronjob-scheduled-timestamp']).toBe('2026-01-01T01:04:00+01:00');
    await bench.client.delete(jobs, 'default', job!.metadata.name, { propagationPolicy: 'Background' }, []);
    await bench.settle(4, 1_000);
    expect((await status()).active).toBeUndefined();
    const owner = await bench.client.get(cronJobs, 'default', 'tick');
    await bench.client.create(jobs, 'default', { metadata: { name: 'by-hand', ownerReferences: [{ apiVersion: 'batch/v1', kind: 'CronJob', name: 'tick', uid: owner.metadata.uid, controller: true }] }, spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'x' }] } } } }, []);
    await bench.client.patch(cronJobs, 'default', 'tick', { spec: { suspend: true } }, []);
    await bench.api.clock.advance(5 * MINUTE);
    expect(await jobList()).toHaveLength(1);
    const texts = await reasons();
    expect(texts.find((line) => line.startsWith('MissingJob'))).toMatch(/^MissingJob: Active job went missing: tick-\d+$/);
    expect(texts).toContain('UnexpectedJob: Saw a job that the controller did not create or forgot: by-hand');
  });
});

describe('a finished Job', () => {
  it('goes after its ttl', async () => {
    bench.play = () => 'succeeded';
    await bench.client.create(jobs, 'default', { metadata: { name: 'j' }, spec: { ttlSecondsAfterFinished: 30, template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'x' }] } } } }, []);
    await bench.settle(20, 1_000);
    expect(await jobList()).toHaveLength(1);
    await bench.settle(20, 1_000);
    expect(await jobList()).toHaveLength(0);
  });
});
