import type Docker from 'dockerode';
import type { Duplex } from 'node:stream';
import type { NodeShell } from '../cluster/cluster.ts';

/** A root shell inside a node's container. */
export function openNodeShell(container: Docker.Container): NodeShell {
  const opened = open(container);
  let ended = false;
  return {
    write: (data) => void opened.then(({ stream }) => !ended && stream.write(data), () => {}),
    resize: (columns, rows) => void opened.then(({ exec }) => exec.resize({ w: columns, h: rows }), () => {}).catch(() => {}),
    output: (async function* () {
      const { stream } = await opened;
      for await (const chunk of stream) yield new Uint8Array(chunk as Buffer);
    })(),
    exited: opened.then(async ({ exec, stream }) => {
      await new Promise((resolve) => stream.once('close', resolve).once('end', resolve));
      ended = true;
      return (await exec.inspect()).ExitCode ?? 0;
    }),
    dispose() {
      ended = true;
      void opened.then(({ stream }) => stream.destroy(), () => {});
    },
  };
}

async function open(container: Docker.Container): Promise<{ exec: Docker.Exec; stream: Duplex }> {
  const exec = await container.exec({ Cmd: ['sh', '-c', 'command -v bash >/dev/null && exec bash -l; exec sh -l'], AttachStdin: true, AttachStdout: true, AttachStderr: true, Tty: true });
  return { exec, stream: await exec.start({ hijack: true, stdin: true, Tty: true }) };
}
