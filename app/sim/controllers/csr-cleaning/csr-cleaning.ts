import { parseTime } from '../../../base/clock/index.ts';
import type { CertificateSigningRequest, Stored } from '../../../contracts/k8s/index.ts';
import { ControlLoop } from '../../client/control-loop.ts';
import { certificateSigningRequests } from '../../client/resource-types.ts';
import { isNotFound } from '../../machinery/status.ts';
import type { Controller } from '../context.ts';

const HOUR_MS = 3_600_000;
/** How often all are looked at, and how long each kind may stay. models pkg/controller/certificates/cleaner */
const POLL_MS = HOUR_MS;
const SETTLED_MS = HOUR_MS;
const PENDING_MS = 24 * HOUR_MS;

/** Clears away requests that are settled or that nobody looked at. */
export const csrCleaningController: Controller = {
  name: 'certificatesigningrequest-cleaner-controller',
  serviceAccount: 'certificate-controller',
  start({ client, clock, informers }) {
    const requests = informers.of(certificateSigningRequests);
    const loop = new ControlLoop('certificatesigningrequest-cleaner-controller', clock, {
      async reconcile(_, cause) {
        for (const csr of requests.list()) {
          if (!isOver(csr, clock.now())) continue;
          await client.delete(certificateSigningRequests, undefined, csr.metadata.name, undefined, cause).catch((error: unknown) => {
            if (!isNotFound(error)) throw error;
          });
        }
        return { requeueAfterMs: POLL_MS };
      },
    });
    loop.queue.add('all');
    return loop;
  },
};

function isOver({ metadata, status }: Stored<CertificateSigningRequest>, now: number): boolean {
  const conditions = status?.conditions ?? [];
  const isOlder = (time: string | undefined, than: number): boolean => time !== undefined && parseTime(time) + than < now;
  if (conditions.length === 0) return isOlder(metadata.creationTimestamp, PENDING_MS);
  return conditions.some(({ type, lastUpdateTime }) => (type === 'Denied' || type === 'Failed' || (type === 'Approved' && status?.certificate !== undefined)) && isOlder(lastUpdateTime, SETTLED_MS));
}
