import { existsSync } from 'node:fs';
import path from 'node:path';
import Docker from 'dockerode';

/** Where an engine may listen, in the order in which they are tried: $DOCKER_HOST, Docker, Docker of this user, Podman. */
export function socketPaths(environment: Readonly<Record<string, string | undefined>>, platform: string): string[] {
  const named = environment['DOCKER_HOST'];
  if (named?.startsWith('unix://')) return [named.slice('unix://'.length)];
  if (platform === 'win32') return ['//./pipe/docker_engine', '//./pipe/podman-machine-default'];
  const home = environment['HOME'] ?? '';
  const runtime = environment['XDG_RUNTIME_DIR'];
  return [
    '/var/run/docker.sock', ...(runtime ? [path.join(runtime, 'docker.sock')] : []), path.join(home, '.docker/run/docker.sock'), path.join(home, '.rd/docker.sock'), path.join(home, '.colima/default/docker.sock'),
    ...(runtime ? [path.join(runtime, 'podman/podman.sock')] : []), '/run/podman/podman.sock',
  ];
}

/** The first engine that is there; undefined when there is none. */
export function findEngine(environment: Readonly<Record<string, string | undefined>>, platform: string): { readonly docker: Docker; readonly socketPath: string } | undefined {
  const socketPath = socketPaths(environment, platform).find((file) => existsSync(file));
  return socketPath === undefined ? undefined : { docker: new Docker({ socketPath }), socketPath };
}

/** Runs a program inside a container and gives its exit code and what it printed. */
export async function execute(container: Docker.Container, command: readonly string[]): Promise<{ code: number; output: string }> {
  const exec = await container.exec({ Cmd: [...command], AttachStdout: true, AttachStderr: true, Tty: true });
  const stream = await exec.start({ Tty: true });
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  const { ExitCode } = await exec.inspect();
  return { code: ExitCode ?? 1, output: Buffer.concat(chunks).toString('utf8').replaceAll('\r\n', '\n') };
}
