import type Docker from 'dockerode';
import { expect, it } from 'vitest';
import { stepOf, whyFailed } from './create-progress.ts';
import { socketPaths } from './engine.ts';
import { preflight, type PreflightOptions } from './preflight.ts';

/** As `docker info` answered on machines where kind works. */
const WELL = { ServerVersion: '28.3.2', OperatingSystem: 'Debian GNU/Linux 12 (bookworm)', CgroupDriver: 'systemd', CgroupVersion: '2', MemoryLimit: true, MemTotal: 16 * 2 ** 30, DockerRootDir: '/var/lib/docker', SecurityOptions: ['name=apparmor', 'name=seccomp,profile=builtin', 'name=cgroupns'] };
const engine = (info: object | Error): PreflightOptions['engine'] => ({ socketPath: '/var/run/docker.sock', docker: { info: async () => { if (info instanceof Error) throw info; return info; } } as unknown as Docker });
const look = (more: Partial<PreflightOptions>): Promise<{ id: string; severity: string; problem: string; remedy: string }[]> => preflight({ engine: engine(WELL), kind: '/usr/bin/kind', platform: 'linux', environment: {}, freeBytes: () => 50 * 2 ** 30, ...more });
const failing = (code: string): Error => Object.assign(new Error(code), { code });

it('finds nothing where all is well', async () => expect(await look({})).toEqual([]));

it.each<[string, Partial<PreflightOptions>, string[], RegExp]>([
  ['no kind', { kind: undefined }, ['stop no-kind'], /PATH/], ['no kind on a Mac', { kind: undefined, platform: 'darwin' }, ['stop no-kind'], /brew/], ['no kind on Windows', { kind: undefined, platform: 'win32' }, ['stop no-kind'], /winget/],
  ['no engine', { engine: undefined }, ['stop no-engine'], /apt-get install docker\.io/], ['no engine on a Mac', { engine: undefined, platform: 'darwin' }, ['stop no-engine'], /Docker Desktop/],
  ['an engine that is off', { engine: engine(failing('ECONNREFUSED')) }, ['stop not-running'], /systemctl start docker/], ['one that is not ours', { engine: engine(failing('EACCES')) }, ['stop no-permission'], /usermod -aG docker/],
  ['an old one', { engine: engine({ ...WELL, ServerVersion: '19.03.15' }) }, ['stop old-engine'], /20\.10/], ['Podman, whose numbers are others', { engine: engine({ ...WELL, ServerVersion: '5.4.0', OperatingSystem: 'fedora podman' }) }, [], /^$/],
  ['rootless on cgroup v1', { engine: engine({ ...WELL, CgroupVersion: '1', SecurityOptions: ['name=rootless'] }) }, ['stop rootless'], /cgroup v2/], ['rootless without systemd', { engine: engine({ ...WELL, CgroupDriver: 'cgroupfs', SecurityOptions: ['name=rootless'] }) }, ['warn rootless'], /Delegate/],
  ['no cgroups', { engine: engine({ ...WELL, CgroupDriver: 'none' }) }, ['stop cgroup'], /Mount cgroups/],
  ['little memory', { engine: engine({ ...WELL, MemTotal: 3 * 2 ** 30 }) }, ['warn memory'], /without workers/], ['far too little', { engine: engine({ ...WELL, MemTotal: 2 ** 30 }), platform: 'win32' }, ['stop memory'], /wslconfig/],
  ['little disk', { freeBytes: () => 5 * 2 ** 30 }, ['warn disk'], /prune/], ['no disk', { freeBytes: () => 2 ** 30 }, ['stop disk'], /prune/],
  ['a proxy', { environment: { HTTPS_PROXY: 'http://ada:secret@proxy:3128' } }, ['warn proxy'], /NO_PROXY/], ['a proxy that is told', { environment: { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: '.svc,10.96.0.0/16' } }, [], /^$/],
])('%s', async (_, options, found, remedy) => {
  const findings = await look(options);
  expect(findings.map(({ id, severity }) => `${severity} ${id}`)).toEqual(found);
  expect(findings.map((finding) => finding.remedy).join()).toMatch(remedy);
  expect(JSON.stringify(findings)).not.toContain('secret');
});

/** In the words of kind v0.31, terminal or not: written, not captured. */
it.each([
  [' • Ensuring node image (kindest/node:v1.36.1) 🖼  ...', 'Fetching the node image'], [' ✓ Preparing nodes 📦 📦 📦', 'Preparing nodes'], [' ✓ Writing configuration 📜', 'Writing the configuration'], [' ✓ Starting control-plane 🕹️', 'Starting the control plane'],
  [' ✓ Installing CNI 🔌', 'Installing the network'], [' ✓ Installing StorageClass 💾', 'Installing storage'], [' ✓ Joining worker nodes 🚜', 'Joining workers'], [' • Waiting ≤ 3m0s for control-plane = Ready ⏳  ...', 'Waiting until it is ready'],
  ['Creating cluster "kind" ...', undefined], ['Have a nice day! 👋', undefined],
])('%s', (line, step) => expect(stepOf(line)?.step).toBe(step));

it.each([
  ['ERROR: failed to create cluster: node(s) already exist for a cluster with the name "kind"', 'exists'],
  ['ERROR: failed to create cluster: command "docker run --name kind-control-plane ..." failed with error: exit status 125\nCommand Output: docker: Error response from daemon: driver failed programming external connectivity on endpoint kind-control-plane: Bind for 127.0.0.1:6443 failed: port is already allocated.', 'port-taken'],
  ['ERROR: failed to create cluster: failed to pull image "kindest/node:v9": command "docker pull" failed with error: exit status 1\nCommand Output: Error response from daemon: manifest unknown', 'no-image'],
  ['write /var/lib/docker/tmp/x: no space left on device', 'disk-full'],
  ['ERROR: failed to create cluster: could not find a log line that matches "Reached target .*Multi-User System.*|detected cgroup v1"', 'cgroup'],
  ['ERROR: failed to create cluster: failed to init node with kubeadm: ...\n[kubelet-check] The kubelet is not healthy after 4m0s\ncontext deadline exceeded', 'timed-out'],
  ['Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?', 'not-running'],
  ['ERROR: something new', 'kind-failed'],
])('%s', (output, code) => expect(whyFailed(output, '/log')).toMatchObject({ code, remedy: expect.stringContaining('/log') }));

it('looks for engines where they listen', () => {
  expect(socketPaths({ DOCKER_HOST: 'unix:///tmp/d.sock' }, 'linux')).toEqual(['/tmp/d.sock']);
  expect(socketPaths({ HOME: '/home/ada', XDG_RUNTIME_DIR: '/run/user/1000' }, 'linux')).toEqual(expect.arrayContaining(['/var/run/docker.sock', '/run/user/1000/docker.sock', '/home/ada/.colima/default/docker.sock', '/run/user/1000/podman/podman.sock']));
  expect(socketPaths({}, 'win32')[0]).toContain('pipe');
});
