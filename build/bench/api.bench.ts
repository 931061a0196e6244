// The API over HTTPS with a client certificate, under a load that is not our code (autocannon): requests a second and the
// time that 99 of 100 take; then a LIST of 10,000 Pods, 1,000 watchers, and the memory that an object costs.
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import autocannon from 'autocannon';
import { parse } from 'yaml';
import { cpuSeconds, main, median, now, rounded, rssMb, type Figures } from './measure.ts';

const SECONDS = 5;
const CONNECTIONS = 10;
const MANY = 10_000;
const WATCHERS = 1_000;
const pid = Number(process.env['ORRERY_BENCH_PID']);
const config = parse(readFileSync(process.env['KUBECONFIG']!, 'utf8')) as { clusters: [{ cluster: { server: string; 'certificate-authority-data': string } }]; users: [{ user: { 'client-certificate-data': string; 'client-key-data': string } }] };
const { server } = config.clusters[0].cluster;
const decoded = (text: string): string => Buffer.from(text, 'base64').toString();
const tls = { ca: decoded(config.clusters[0].cluster['certificate-authority-data']), cert: decoded(config.users[0].user['client-certificate-data']), key: decoded(config.users[0].user['client-key-data']) };
const json = { 'content-type': 'application/json', accept: 'application/json' };
const pod = (metadata: object): object => ({ apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, labels: { app: 'bench' } }, spec: { schedulerName: 'nobody', containers: [{ name: 'c', image: 'nginx' }] } });

async function load(name: string, options: Partial<autocannon.Options> & { path: string }): Promise<Figures> {
  const cpuBefore = cpuSeconds(pid);
  const { path, ...rest } = options;
  const result = await autocannon({ url: `${server}${path}`, connections: CONNECTIONS, duration: SECONDS, headers: json, tlsOptions: tls, idReplacement: true, ...rest } as autocannon.Options);
  if (result.non2xx + result.errors > 0) throw new Error(`${name}: ${result.non2xx} refused and ${result.errors} failed of ${result.requests.total}`);
  return { [`${name}PerSecond`]: rounded(result.requests.average, 0), [`${name}PerCoreSecond`]: rounded(result.requests.total / (cpuSeconds(pid) - cpuBefore), 0), [`${name}P99Ms`]: result.latency.p99 };
}

function get(path: string): Promise<{ ms: number; bytes: number }> {
  const startedAt = now();
  return new Promise((resolve, reject) => {
    request(`${server}${path}`, { ...tls, headers: { accept: 'application/json' } }, (response) => {
      let bytes = 0;
      response.on('data', (chunk: Buffer) => (bytes += chunk.length));
      response.on('end', () => (response.statusCode === 200 ? resolve({ ms: now() - startedAt, bytes }) : reject(new Error(`GET ${path}: ${response.statusCode}`))));
    }).on('error', reject).end();
  });
}

/** Opens watches and times how long one change takes until the last of them has heard of it. */
async function watchers(): Promise<Figures> {
  let heard = 0;
  let allHeard = (): void => {};
  const open = Array.from({ length: WATCHERS }, () => new Promise<() => void>((resolve, reject) => {
    const sent = request(`${server}/api/v1/namespaces/default/configmaps?watch=true`, { ...tls, agent: false }, (response) => {
      response.on('data', (chunk: Buffer) => chunk.includes('heard-by-all') && ++heard === WATCHERS && allHeard());
      response.on('error', () => {});
      resolve(() => sent.destroy());
    });
    sent.on('error', reject);
    sent.end();
  }));
  const closers = await Promise.all(open);
  const done = new Promise<void>((resolve) => (allHeard = resolve));
  const startedAt = now();
  await load('ignored', { path: '/api/v1/namespaces/default/configmaps', method: 'POST', amount: 1, connections: 1, body: JSON.stringify({ metadata: { name: 'heard-by-all' } }) });
  await done;
  const figures = { watch1000Ms: rounded(now() - startedAt) };
  for (const close of closers) close();
  return figures;
}

async function lists(count: number): Promise<Figures> {
  const path = count === MANY ? '/api/v1/pods' : `/api/v1/pods?limit=${count}`;
  const runs: { ms: number; bytes: number }[] = [];
  for (let run = 0; run < 5; run++) runs.push(await get(path));
  return { [`list${count}Ms`]: rounded(median(runs.map(({ ms }) => ms))), [`list${count}Mb`]: rounded(runs[0]!.bytes / 1024 / 1024) };
}

main(async () => {
  const pods = '/api/v1/namespaces/default/pods';
  const first = await load('create', { path: pods, method: 'POST', amount: 500, body: JSON.stringify(pod({ generateName: 'pod-' })) });
  await load('one', { path: pods, method: 'POST', amount: 1, connections: 1, body: JSON.stringify(pod({ name: 'one' })) });
  const figures = {
    ...first,
    ...(await load('get', { path: `${pods}/one` })),
    ...(await load('list500', { path: `${pods}?limit=500` })),
    ...(await load('patch', { path: `${pods}/one`, method: 'PATCH', headers: { ...json, 'content-type': 'application/merge-patch+json' }, body: '{"metadata":{"annotations":{"bench":"[<id>]"}}}' })),
  };
  const before = rssMb(pid);
  await load('fill', { path: pods, method: 'POST', amount: MANY, body: JSON.stringify(pod({ generateName: 'more-' })) });
  const objectKb = rounded(((rssMb(pid) - before) * 1024) / MANY, 2);
  return { ...figures, ...(await lists(MANY)), objectKb, ...(await watchers()), rssMb: rssMb(pid) };
});
