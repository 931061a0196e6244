import { rfc3339 } from '../../../../base/clock/index.ts';
import type { CertificateSigningRequest } from '../../../../contracts/k8s/index.ts';
import { defineResource } from '../../definition.ts';
import { humanDuration, objectAge, objectName } from '../../shared/ages.ts';
import { columnsOf } from '../../shared/columns.ts';
import { validateConditions, validateSigningRequest } from './validation.ts';

const APPROVAL_CONDITIONS = ['Approved', 'Denied'];

export const certificateSigningRequest = defineResource<CertificateSigningRequest>({
  group: 'certificates.k8s.io',
  version: 'v1',
  kind: 'CertificateSigningRequest',
  plural: 'certificatesigningrequests',
  singular: 'certificatesigningrequest',
  scope: 'Cluster',
  shortNames: ['csr'],
  schema: 'io.k8s.api.certificates.v1.CertificateSigningRequest',
  storage: 'certificatesigningrequests',
  deleteReturns: 'status',
  nameRule: 'path-segment',
  resetFields: ['spec', 'status'],

  /** Who asks is what authentication found, whatever was sent. models pkg/registry/certificates: csrStrategy.PrepareForCreate */
  prepareForCreate(object, { user }) {
    Object.assign(object.spec, { username: user.name, uid: user.uid, groups: [...user.groups], extra: undefined });
    if (user.extra && Object.keys(user.extra).length > 0) object.spec.extra = Object.fromEntries(Object.entries(user.extra).map(([key, values]) => [key, [...values]]));
    object.status = {};
  },
  /** Only conditions of approval change through `/approval`; nothing but metadata through the main resource. */
  prepareForUpdate(next, previous, { subresource, now }) {
    next.spec = previous.spec;
    if (subresource !== 'approval') {
      next.status = previous.status!;
      return;
    }
    next.status = { ...previous.status, conditions: next.status?.conditions ?? [] };
    stampConditions(next, previous, now);
  },
  validate: (object, previous) => (previous ? validateConditions(object, previous) : validateSigningRequest(object)),

  columns: columnsOf<CertificateSigningRequest>('certificates.k8s.io/v1/certificatesigningrequests', [
    objectName,
    objectAge,
    (object) => object.spec.signerName || '<none>',
    (object) => object.spec.username ?? '',
    (object) => (object.spec.expirationSeconds === undefined ? '<none>' : humanDuration(object.spec.expirationSeconds * 1000)),
    conditionText,
  ]),
  selectableFields: { 'spec.signerName': (object) => object.spec.signerName },
  subresources: {
    status: {
      /** Signers and approvers write apart: `/status` keeps approval conditions as they are. */
      prepareForUpdate(next, previous) {
        const approval = (previous.status?.conditions ?? []).filter((condition) => APPROVAL_CONDITIONS.includes(condition.type));
        const others = (next.status?.conditions ?? []).filter((condition) => !APPROVAL_CONDITIONS.includes(condition.type));
        next.status = { ...next.status, ...(approval.length + others.length > 0 ? { conditions: [...approval, ...others] } : {}) };
      },
      validate: validateConditions,
    },
    others: { approval: { kind: 'CertificateSigningRequest', verbs: ['get', 'patch', 'update'] } },
  },
});

/** models populateConditionTimestamps */
function stampConditions(next: CertificateSigningRequest, previous: Readonly<CertificateSigningRequest>, now: number): void {
  const time = rfc3339(now);
  for (const condition of next.status?.conditions ?? []) {
    condition.lastUpdateTime ??= time;
    if (condition.lastTransitionTime) continue;
    const before = previous.status?.conditions?.find((candidate) => candidate.type === condition.type);
    condition.lastTransitionTime = before?.status === condition.status ? (before.lastTransitionTime ?? time) : time;
  }
}

/** models printers: extractCSRStatus */
function conditionText({ status }: Readonly<CertificateSigningRequest>): string {
  const has = (type: string): boolean => status?.conditions?.some((condition) => condition.type === type) ?? false;
  const words = [has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending'];
  if (has('Failed')) words.push('Failed');
  if (status?.certificate) words.push('Issued');
  return words.join(',');
}
