import { expect, it } from 'vitest';
import { TestContainer } from './testing.ts';

it('keeps the order in which both streams were written, and long lines in parts', async () => {
  const box = new TestContainer('busybox:1.36', { command: ['sh', '-c', `echo one; echo two >&2; printf three; echo four >&2; echo; head -c 40000 /dev/zero | tr '\\0' x; echo`] });
  await box.clock.advance(1_000);
  const lines = box.container.logs.lines.map(({ stream, bytes }) => [stream, bytes.length > 20 ? bytes.length : Buffer.from(bytes).toString()]);
  expect(lines).toEqual([['stdout', 'one\n'], ['stderr', 'two\n'], ['stderr', 'four\n'], ['stdout', 'three\n'], ['stdout', 16_384], ['stdout', 16_384], ['stdout', 7_233]]);
  box.dispose();
});

it('of nginx, the entrypoint speaks first, and the workers go before the master', async () => {
  const box = new TestContainer('nginx:1.27', { command: [] });
  await box.clock.advance(1_000);
  box.container.signal('SIGQUIT');
  await box.clock.advance(1_000);
  const texts = box.container.logs.lines.map(({ bytes }) => Buffer.from(bytes).toString().trim().replace(/^.*\[notice\] /, ''));
  const ready = texts.indexOf('/docker-entrypoint.sh: Configuration complete; ready for start up');
  expect(texts.slice(ready + 1, ready + 3)).toEqual(['1#1: using the "epoll" event method', '1#1: nginx/1.27.5']);
  expect(texts.slice(-6)).toEqual(['30#30: exit', '1#1: signal 17 (SIGCHLD) received from 29', '1#1: worker process 29 exited with code 0', '1#1: signal 17 (SIGCHLD) received from 30', '1#1: worker process 30 exited with code 0', '1#1: exit']);
  expect(box.container.state).toBe('exited');
  box.dispose();
});
