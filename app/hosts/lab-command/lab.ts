// The `lab` command of Orrery's terminals: sends its arguments to the cluster's process and prints the answer; `lab shell`
// joins this terminal to a machine of the cluster.
import { connect, type Socket } from 'node:net';

const argv = process.argv.slice(2);
const socket = connect(process.env['ORRERY_SOCKET'] ?? '');
socket.setEncoding('utf8');
socket.on('error', () => {
  process.stderr.write('lab: the cluster of this terminal does not answer. Is Orrery running?\n');
  process.exit(1);
});
socket.write(`${JSON.stringify(argv)}\n`);
if (argv[0] === 'shell') joinShell(socket);
else printAnswer(socket);

function printAnswer(from: Socket): void {
  let text = '';
  from.on('data', (chunk: string) => (text += chunk));
  from.on('end', () => {
    const { code, output } = JSON.parse(text) as { code: number; output: string };
    (code === 0 ? process.stdout : process.stderr).write(output, () => process.exit(code));
  });
}

function joinShell(to: Socket): void {
  const { stdin, stdout } = process;
  const send = (message: object): boolean => to.write(`${JSON.stringify(message)}\n`);
  const tellSize = (): void => void (stdout.isTTY && send({ columns: stdout.columns, rows: stdout.rows }));
  const leave = (code: number): void => {
    if (stdin.isTTY) stdin.setRawMode(false);
    process.exit(code);
  };
  let text = '';
  to.on('data', (chunk: string) => {
    text += chunk;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n')) {
      const message = JSON.parse(text.slice(0, at)) as { data?: string; exit?: number; message?: string };
      text = text.slice(at + 1);
      if (message.data !== undefined) stdout.write(Buffer.from(message.data, 'base64'));
      if (message.message !== undefined) process.stderr.write(`${message.message}\n`);
      if (message.exit !== undefined) leave(message.exit);
    }
  });
  to.on('close', () => {
    process.stderr.write('\nlab: the machine is gone\n');
    leave(1);
  });
  if (stdin.isTTY) stdin.setRawMode(true);
  stdin.on('data', (bytes: Buffer) => send({ data: bytes.toString('base64') }));
  stdout.on('resize', tellSize);
  tellSize();
}
