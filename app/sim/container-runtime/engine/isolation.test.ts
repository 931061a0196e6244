// A container lives on the virtual clock and in its own files: it can neither hang the simulator nor get at the machine below.
import { writeFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestContainer } from './testing.ts';

let box: TestContainer;
beforeEach(() => {
  box = new TestContainer('busybox:1.36', { resources: { memoryLimitBytes: 32 << 20 } });
});
afterEach(() => box.dispose());

describe('a container', () => {
  it.each(['while true; do :; done', 'while :; do x=$((x+1)); done', 'f() { f; f; }; while true; do true | true; done', 'yes > /dev/null', 'cat /dev/zero > /dev/null', "awk 'BEGIN { while (1) i++ }'", 'yes | sleep 100', 'dd if=/dev/zero of=/dev/null'])('is pre-empted: %s', async (script) => {
    const other = box.sh('sleep 1; echo still here', { advanceMs: 3_000 });
    void box.container.exec({ command: ['sh', '-c', script], stdin: false, tty: false });
    expect((await other).out).toBe('still here\n');
    expect(box.container.cgroup.cpuUsageMs).toBeGreaterThan(0);
  });

  it('is throttled by its CPU limit', async () => {
    const slow = new TestContainer('busybox:1.36', { resources: { cpuLimitMillis: 100 } });
    slow.container.exec({ command: ['sh', '-c', 'while true; do :; done'], stdin: false, tty: false });
    await slow.clock.advance(10_000);
    expect(slow.container.cgroup.cpuUsageMs).toBeLessThan(1_200);
    expect(slow.container.cgroup.throttling.periods).toBeGreaterThan(5);
    slow.dispose();
  });

  it('is killed when it takes more memory than it may', async () => {
    await box.sh('dd if=/dev/zero of=/dev/null bs=64M count=1');
    expect(box.container.status()).toMatchObject({ state: 'exited', reason: 'OOMKilled', exitCode: 137 });
  });

  it.each([['nginx:1.27', 'fallocate: fallocate failed: No space left on device\n'], ['busybox:1.36', "fallocate: fallocate '/big': No space left on device\n"]])('is told that there is no room, as by the tool of %s', async (image, err) => {
    const other = new TestContainer(image);
    expect(await other.sh('fallocate -l 900T /big')).toEqual({ out: '', err, code: 1 });
    expect(await other.sh('fallocate -l 2M /small; fallocate -l 1M /small; stat -c %s /small')).toEqual({ out: '2097152\n', err: '', code: 0 });
    other.dispose();
  });

  it.each([['kill 1', 0], ['kill 1; sleep 5', 137]])('ends with its first process, a moment later: %s', async (script, code) => {
    const server = new TestContainer('nginx:1.27', { command: [] });
    await server.clock.advance(1_000);
    expect((await server.exec(['sh', '-c', script], { advanceMs: 10_000 })).code).toBe(code);
    await server.clock.advance(1_000);
    expect(server.container.status()).toMatchObject({ state: 'exited', exitCode: 0 });
    expect(server.container.pids.processes.size).toBe(0);
    server.dispose();
  });

  it('sees no file, process or socket of the machine that it runs on', async () => {
    const secret = path.join(tmpdir(), 'orrery-isolation-test');
    writeFileSync(secret, 'of the host');
    for (const name of [secret, `../../../../..${secret}`, `/proc/self/root${secret}`, `/proc/1/root${secret}`, `/proc/1/cwd${secret}`, import.meta.filename]) {
      expect((await box.exec(['cat', name])).err).toContain('No such file or directory');
    }
    await box.sh(`ln -s / /tmp/up; cat /tmp/up${secret}; echo written > ${secret}`);
    expect((await box.exec(['cat', secret])).out).toBe('written\n');
    rmSync(secret);
    expect((await box.sh('ps | grep -c node')).out).toBe('1\n');
    expect((await box.sh('kill -9 1; echo $?; kill -0 99999')).out).toBe('0\n');
    expect(box.container.state).toBe('running');
    expect((await box.sh('echo > /proc/sysrq-trigger; mount -o bind / /mnt; umount /proc', {})).code).not.toBe(0);
  });
});
