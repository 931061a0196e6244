import { describe, expect, it } from 'vitest';
import { SeededRandom, VirtualClock } from '../../base/clock/index.ts';
import { Etcd } from './etcd.ts';
import { UnavailableError } from './store.ts';

function make(members = ['etcd-0', 'etcd-1', 'etcd-2']): { etcd: Etcd; clock: VirtualClock } {
  const clock = new VirtualClock({ start: 0, paused: true });
  return { clock, etcd: new Etcd({ members, clock, random: new SeededRandom(1) }) };
}
const write = { compare: [], success: [{ type: 'put', key: 'a', value: { encode: () => new Uint8Array() } }] } as const;

describe('Etcd', () => {
  it('works while a majority is up, loses its leader, elects another in a later term, and keeps its data', async () => {
    const { etcd, clock } = make();
    const changes: boolean[] = [];
    const subscription = etcd.onDidChange((running) => void changes.push(running));
    etcd.txn(write, []);
    etcd.members.setRunning('etcd-1', false);
    expect(etcd.running).toBe(true);
    etcd.members.setRunning('etcd-0', false);
    expect(() => etcd.range('a')).toThrow(UnavailableError);
    await clock.advance(5_000);
    expect(etcd.running).toBe(false);
    etcd.members.setRunning('etcd-1', true);
    expect(etcd.running).toBe(false);
    await clock.advance(2_000);
    expect(etcd.range('a').count).toBe(1);
    expect(etcd.members).toMatchObject({ term: 2 });
    expect(etcd.members.leader).not.toBe('etcd-0');
    expect(changes).toEqual([false, true]);
    subscription.dispose();
    etcd.dispose();
    clock.dispose();
  });

  it('elects at once a new leader when only the leader stops', async () => {
    const { etcd, clock } = make();
    etcd.members.setRunning('etcd-0', false);
    expect(etcd.running).toBe(false);
    await clock.advance(2_000);
    expect(etcd.running).toBe(true);
    etcd.dispose();
    clock.dispose();
  });

  it('stops and starts as a whole', async () => {
    const { etcd, clock } = make(['etcd-control-plane']);
    etcd.stop();
    expect(() => etcd.txn(write, [])).toThrow('etcdserver: request timed out');
    await etcd.members.election(); // none is under way: nobody waits for what cannot come
    etcd.start();
    let elected = false;
    void etcd.members.election().then(() => (elected = true));
    await clock.settle();
    expect(elected).toBe(false);
    await clock.advance(2_000);
    expect(elected).toBe(true);
    expect(etcd.txn(write, []).succeeded).toBe(true);
    etcd.dispose();
    clock.dispose();
  });
});
