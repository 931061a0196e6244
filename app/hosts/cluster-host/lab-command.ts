import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { toErrorData } from '../../base/errors/index.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import { serveNodeShell } from './node-shell.ts';

/** What the `lab` command in the terminal asks, and gets. One JSON line each way; a shell sends more of them ({@link serveNodeShell}). */
export interface LabAnswer {
  readonly code: number;
  readonly output: string;
}

const USAGE = `lab: look after the cluster of this terminal

  lab component list            every part, and whether it runs
  lab component stop NAME       switch a part off (kube-scheduler, kubelet/worker-1, …)
  lab component start NAME      switch it on again
  lab http URL [FROM]           one GET, as curl would do; FROM is a node, NAMESPACE/POD, or internet: from outside
  lab shell NODE                a root shell on a machine of the cluster
  lab clock [pause|resume|step|speed X]
`;

type Command = (args: readonly string[], cluster: Cluster) => Promise<string> | string;

const commands: Readonly<Record<string, Command>> = {
  component([verb, name], cluster) {
    const components = cluster.capability('components');
    if (!components) throw new Error('the parts of this cluster cannot be switched');
    if (verb === 'list') return components.list().map(({ id, running, now }) => `${id.padEnd(34)} ${running ? 'running' : 'stopped'}  ${now}`).join('\n');
    if ((verb !== 'start' && verb !== 'stop') || name === undefined) throw new Error(`say: lab component list, start NAME or stop NAME`);
    components[verb](name);
    return `${name} ${verb === 'start' ? 'started' : 'stopped'}`;
  },
  async http([url, from], cluster) {
    const inside = cluster.capability('inside');
    if (!inside || url === undefined) throw new Error('say: lab http URL [FROM]');
    const answer = await inside.get(/^https?:/.test(url) ? url : `http://${url}`, from === undefined ? {} : from.includes('/') ? { pod: from } : { node: from });
    return `HTTP ${answer.code}\n${answer.body.trimEnd()}`;
  },
  async clock([verb, speed], cluster) {
    const time = cluster.capability('time');
    if (!time) throw new Error('the clock of this cluster is the real one');
    if (verb === 'pause') time.pause();
    else if (verb === 'resume') time.resume();
    else if (verb === 'step') await time.step();
    else if (verb === 'speed' && Number(speed) > 0) time.setSpeed(Number(speed));
    else if (verb !== undefined) throw new Error('say: lab clock pause, resume, step or speed X');
    const { now, paused, speed: current } = time.state;
    return `${new Date(now).toISOString()}  ${paused ? 'paused' : `${current}×`}`;
  },
};

export async function runLabCommand(argv: readonly string[], cluster: Cluster): Promise<LabAnswer> {
  const [name, ...args] = argv;
  const command = commands[name ?? ''];
  if (!command) return { code: name === undefined || name === 'help' || name === '--help' ? 0 : 2, output: USAGE };
  try {
    return { code: 0, output: `${await command(args, cluster)}\n` };
  } catch (error) {
    const { message, remedy } = toErrorData(error);
    return { code: 1, output: `lab: ${message}${remedy ? `\n${remedy}` : ''}\n` };
  }
}

/** Listens for the `lab` command on a socket that only this user can open. */
export function serveLabCommand(path: string, cluster: Cluster): Promise<Server> {
  rmSync(path, { force: true });
  const server = createServer((socket) => answerOne(socket, cluster));
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      if (process.platform !== 'win32') chmodSync(path, 0o600);
      resolve(server);
    });
  });
}

const LONGEST_LINE = 65_536;

function answerOne(socket: Socket, cluster: Cluster): void {
  let text = '';
  socket.setEncoding('utf8').on('error', () => socket.destroy());
  const onData = (chunk: string): void => {
    text += chunk;
    if (text.length > LONGEST_LINE) socket.destroy();
    const end = text.indexOf('\n');
    if (end < 0) return;
    socket.off('data', onData);
    const argv = parseLine(text.slice(0, end));
    if (!argv) return void socket.destroy();
    if (argv[0] === 'shell') return void serveNodeShell(socket, argv[1] ?? '', text.slice(end + 1), cluster);
    void runLabCommand(argv, cluster).then((answer) => socket.end(`${JSON.stringify(answer)}\n`));
  };
  socket.on('data', onData);
}

function parseLine(line: string): string[] | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;
  } catch {
    return undefined;
  }
}
