import { expect, it } from 'vitest';
import { rfc3339 } from '../../../base/clock/index.ts';
import { createTestApiServer } from '../../apiserver/testing.ts';
import { ApiClient } from '../../client/api-client.ts';
import { nodes } from '../../client/resource-types.ts';
import type { Transport } from '../../machinery/transport.ts';
import { ControllerManager } from '../controller-manager.ts';

it('keeps a taint that somebody sets while it takes its own away', async () => {
  const api = await createTestApiServer();
  const client = new ApiClient(api.admin);
  const { clock, ids, random } = api;
  let isRaced = false;
  /** Between the controller's look at the Node and its write, somebody else is faster. */
  const racing = (inner: Transport): Transport => ({
    watch: (request, signal) => inner.watch(request, signal),
    async send(request) {
      if (!isRaced && request.method === 'PATCH' && JSON.stringify(request.body).includes('taints')) {
        isRaced = true;
        const { spec } = await client.get(nodes, undefined, 'w1');
        await client.patch(nodes, undefined, 'w1', { spec: { taints: [...spec!.taints!, { key: 'maintenance', effect: 'NoSchedule' }] } }, []);
      }
      return inner.send(request);
    },
  });
  const manager = new ControllerManager({ transport: (caller) => racing(api.transport(caller)), clock, ids, random, rootCertificate: 'PEM' });
  manager.start();
  await clock.advance(10);
  await client.create(nodes, undefined, { metadata: { name: 'w1' } }, []);
  await client.patch(nodes, undefined, 'w1', { status: { conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: rfc3339(clock.now()), lastTransitionTime: rfc3339(clock.now()) }] } }, [], 'status');
  await clock.advance(2_000);
  expect(isRaced).toBe(true);
  expect((await client.get(nodes, undefined, 'w1')).spec?.taints).toEqual([{ key: 'maintenance', effect: 'NoSchedule' }]);
  manager.dispose();
  await clock.settle();
  api.dispose();
});
