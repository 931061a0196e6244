import type Docker from 'dockerode';
import { statfsSync } from 'node:fs';

/** Something that stands in the way of a kind cluster, or may. */
export interface Finding {
  readonly id: 'no-engine' | 'not-running' | 'no-permission' | 'old-engine' | 'rootless' | 'memory' | 'disk' | 'cgroup' | 'no-kind' | 'proxy';
  /** `stop`: a cluster cannot be made. `warn`: it may fail or be slow. */
  readonly severity: 'stop' | 'warn';
  readonly problem: string;
  readonly remedy: string;
}

export interface PreflightOptions {
  /** Undefined: no socket of an engine is there. */
  readonly engine: { readonly docker: Docker; readonly socketPath: string } | undefined;
  readonly kind: string | undefined;
  readonly platform: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Free bytes where the engine keeps images; undefined when it cannot be told. */
  readonly freeBytes?: (folder: string) => number | undefined;
}

const GIB = 2 ** 30;
const LEAST_MEMORY = 4 * GIB;
const LEAST_DISK = 10 * GIB;

const INSTALL: Readonly<Record<string, string>> = {
  linux: 'Install Docker Engine: on Debian and Ubuntu `sudo apt-get install docker.io`, then `sudo usermod -aG docker $USER` and sign in anew.',
  darwin: 'Install Docker Desktop, Rancher Desktop or Colima, and start it.',
  win32: 'Install Docker Desktop or Rancher Desktop (with WSL 2), and start it.',
};
const START: Readonly<Record<string, string>> = { linux: 'Start it: `sudo systemctl start docker`.', darwin: 'Start Docker Desktop (or Rancher Desktop, or `colima start`).', win32: 'Start Docker Desktop and wait until it says that it runs.' };
const MEMORY: Readonly<Record<string, string>> = { linux: 'Close other programs, or make a cluster without workers.', darwin: 'Give it more in Docker Desktop: Settings, Resources.', win32: 'Give WSL more: `memory=6GB` under [wsl2] in %UserProfile%\\.wslconfig.' };

const on = (texts: Readonly<Record<string, string>>, platform: string): string => texts[platform] ?? texts['linux']!;

/** What is missing for a kind cluster on this machine, and how to mend it. Empty: all is well. */
export async function preflight(options: PreflightOptions): Promise<Finding[]> {
  const { kind, platform, environment } = options;
  const findings: Finding[] = [];
  if (!kind) findings.push({ id: 'no-kind', severity: 'stop', problem: 'The kind command is not here.', remedy: platform === 'darwin' ? 'Install it: `brew install kind`.' : platform === 'win32' ? 'Install it: `winget install Kubernetes.kind`.' : 'Put the kind binary of its release page into a folder of your PATH.' });
  findings.push(...(await engineFindings(options)));
  const proxy = environment['HTTPS_PROXY'] ?? environment['https_proxy'];
  if (proxy && !/\.svc|10\.96/.test(environment['NO_PROXY'] ?? environment['no_proxy'] ?? '')) {
    findings.push({ id: 'proxy', severity: 'warn', problem: `A proxy is set (${proxy.replace(/\/\/[^@/]*@/, '//')}), and the cluster's own addresses are not excepted from it.`, remedy: 'Set NO_PROXY to .svc,.svc.cluster.local,10.96.0.0/16,10.244.0.0/16 beside what it holds.' });
  }
  return findings;
}

async function engineFindings({ engine, platform, freeBytes = freeOn }: PreflightOptions): Promise<Finding[]> {
  if (!engine) return [{ id: 'no-engine', severity: 'stop', problem: 'There is neither Docker nor Podman on this machine, or it is not running.', remedy: on(INSTALL, platform) }];
  let info: Awaited<ReturnType<Docker['info']>>;
  try {
    info = (await engine.docker.info()) as typeof info;
  } catch (error) {
    return [unreachable(error, engine.socketPath, platform)];
  }
  const findings: Finding[] = [];
  const major = Number(/^(\d+)/.exec(String(info.ServerVersion))?.[1] ?? 0);
  const isPodman = /podman/i.test(JSON.stringify(info.ServerVersion ?? '') + String(info.OperatingSystem ?? '')) || engine.socketPath.includes('podman');
  if (!isPodman && major > 0 && major < 20) findings.push({ id: 'old-engine', severity: 'stop', problem: `Docker ${info.ServerVersion} is too old for kind.`, remedy: 'Use Docker 20.10 or newer.' });
  const security = ((info.SecurityOptions ?? []) as string[]).join(' ');
  if (/rootless/.test(security) && String(info.CgroupVersion) !== '2') findings.push({ id: 'rootless', severity: 'stop', problem: 'The engine runs without root, and this system has cgroup v1.', remedy: 'Rootless kind needs cgroup v2: boot with systemd.unified_cgroup_hierarchy=1, or use an engine that runs as root.' });
  else if (/rootless/.test(security) && info.CgroupDriver !== 'systemd') findings.push({ id: 'rootless', severity: 'warn', problem: 'The engine runs without root and without systemd for its cgroups.', remedy: 'Delegate cgroups to your user: kind.sigs.k8s.io, section Rootless.' });
  if (info.CgroupDriver === 'none' || info.MemoryLimit === false) findings.push({ id: 'cgroup', severity: 'stop', problem: 'The engine cannot limit memory: cgroups are not mounted here.', remedy: 'Mount cgroups (in a container or a chroot: ask whoever runs it), or use another machine.' });
  const memory = Number(info.MemTotal ?? 0);
  if (memory > 0 && memory < LEAST_MEMORY) findings.push({ id: 'memory', severity: memory < LEAST_MEMORY / 2 ? 'stop' : 'warn', problem: `The engine has ${(memory / GIB).toFixed(1)} GiB of memory; a cluster of three nodes wants 4.`, remedy: on(MEMORY, platform) });
  const free = platform === 'linux' ? freeBytes(String(info.DockerRootDir ?? '/')) : undefined;
  if (free !== undefined && free < LEAST_DISK) findings.push({ id: 'disk', severity: free < LEAST_DISK / 4 ? 'stop' : 'warn', problem: `${(free / GIB).toFixed(1)} GiB are free where the engine keeps images; a cluster wants 10.`, remedy: 'Remove what is not needed: `docker system prune`.' });
  return findings;
}

function unreachable(error: unknown, socketPath: string, platform: string): Finding {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM') return { id: 'no-permission', severity: 'stop', problem: `You may not talk to the engine at ${socketPath}.`, remedy: platform === 'linux' ? '`sudo usermod -aG docker $USER`, then sign in anew. (Members of that group are as powerful as root.)' : 'Start the engine as the user who uses it.' };
  return { id: 'not-running', severity: 'stop', problem: `An engine is installed, but nothing answers at ${socketPath} (${code ?? String(error)}).`, remedy: on(START, platform) };
}

function freeOn(folder: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}
