import type { Socket } from 'node:net';
import { toErrorData } from '../../base/errors/index.ts';
import type { Cluster, NodeShell } from '../../cluster/cluster.ts';

/** What goes over the socket while a shell is open, one JSON line each. Bytes are in base64. */
export type ShellMessage = { readonly data: string } | { readonly columns: number; readonly rows: number } | { readonly exit: number; readonly message?: string };

const LONGEST_LINE = 1_000_000;

/** A root shell on a machine of the cluster, for as long as the socket is open. `rest`: what came after the first line. */
export async function serveNodeShell(socket: Socket, node: string, rest: string, cluster: Cluster): Promise<void> {
  const send = (message: ShellMessage): boolean => socket.write(`${JSON.stringify(message)}\n`);
  const end = (exit: number, message?: string): void => void socket.end(`${JSON.stringify({ exit, ...(message ? { message } : {}) })}\n`);
  const machines = cluster.capability('nodeShell');
  if (!machines) return end(1, 'lab: this cluster has no machines to log in to');
  const shell = machines.open(node);
  if (!shell) return end(1, `lab: there is no machine ${JSON.stringify(node)}\nIt is one of: ${machines.nodes().join(', ')}`);
  socket.once('close', () => shell.dispose());
  readLines(socket, rest, (line) => take(line, shell) || socket.destroy());
  try {
    for await (const bytes of shell.output) if (!send({ data: Buffer.from(bytes).toString('base64') })) await drained(socket);
    end(await shell.exited);
  } catch (error) {
    end(1, `\nlab: the shell on ${node} was cut off: ${toErrorData(error).message}`);
  }
}

/** Until a slow reader has caught up, or is gone. */
function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      socket.off('drain', go).off('close', go);
      resolve();
    };
    socket.on('drain', go).on('close', go);
  });
}

function readLines(socket: Socket, rest: string, onLine: (line: string) => void): void {
  let text = '';
  const onData = (chunk: string): void => {
    text += chunk;
    if (text.length > LONGEST_LINE) return void socket.destroy();
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n')) {
      const line = text.slice(0, at);
      text = text.slice(at + 1);
      onLine(line);
    }
  };
  onData(rest);
  socket.on('data', onData);
}

/** False: that is no message. */
function take(line: string, shell: NodeShell): boolean {
  try {
    const message = JSON.parse(line) as Record<string, unknown>;
    if (typeof message['data'] === 'string') shell.write(Buffer.from(message['data'], 'base64'));
    else if (Number.isInteger(message['columns']) && Number.isInteger(message['rows'])) shell.resize(message['columns'] as number, message['rows'] as number);
    else return false;
    return true;
  } catch {
    return false;
  }
}
