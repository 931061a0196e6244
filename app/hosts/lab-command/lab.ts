// The `lab` command of Orrery's terminals: sends its arguments to the cluster's process and prints the answer.
import { connect } from 'node:net';

const socket = connect(process.env['ORRERY_SOCKET'] ?? '');
let text = '';
socket.setEncoding('utf8');
socket.on('error', () => {
  process.stderr.write('lab: the cluster of this terminal does not answer. Is Orrery running?\n');
  process.exit(1);
});
socket.on('data', (chunk: string) => (text += chunk));
socket.on('end', () => {
  const { code, output } = JSON.parse(text) as { code: number; output: string };
  (code === 0 ? process.stdout : process.stderr).write(output, () => process.exit(code));
});
socket.write(`${JSON.stringify(process.argv.slice(2))}\n`);
