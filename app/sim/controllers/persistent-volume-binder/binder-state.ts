import type { PersistentVolume, PersistentVolumeClaim, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import type { Informer } from '../../client/informer.ts';
import { persistentVolumeClaims, persistentVolumes } from '../../client/resource-types.ts';
import { clone } from '../../machinery/objects.ts';
import type { ControllerContext } from '../context.ts';

export type Claim = Stored<PersistentVolumeClaim>;
export type PV = Stored<PersistentVolume>;

/** What the parts of the binder share: its view of the API, and how it writes. */
export class BinderState {
  readonly context: ControllerContext;
  readonly claims: Informer<PersistentVolumeClaim>;
  readonly volumes: Informer<PersistentVolume>;

  constructor(context: ControllerContext) {
    this.context = context;
    this.claims = context.informers.of(persistentVolumeClaims);
    this.volumes = context.informers.of(persistentVolumes);
  }

  claimEvent(claim: Claim, type: 'Normal' | 'Warning', reason: string, message: string, cause: Cause): void {
    this.context.events.event({ kind: 'PersistentVolumeClaim', apiVersion: 'v1', metadata: claim.metadata }, type, reason, message, cause);
  }

  volumeEvent(volume: PV, type: 'Normal' | 'Warning', reason: string, message: string, cause: Cause): void {
    this.context.events.event({ kind: 'PersistentVolume', apiVersion: 'v1', metadata: volume.metadata }, type, reason, message, cause);
  }

  /** Writes a changed copy, refused when somebody else was faster; returns what is stored now. */
  async updateClaim(claim: Claim, change: (copy: Claim) => void, cause: Cause, subresource?: 'status'): Promise<Claim> {
    return this.context.client.update(persistentVolumeClaims, changed(claim, change), cause, subresource);
  }

  async updateVolume(volume: PV, change: (copy: PV) => void, cause: Cause, subresource?: 'status'): Promise<PV> {
    return this.context.client.update(persistentVolumes, changed(volume, change), cause, subresource);
  }

  async setVolumePhase(volume: PV, phase: string, message: string, cause: Cause): Promise<PV> {
    if (volume.status?.phase === phase && (volume.status.message ?? '') === message) return volume;
    return this.updateVolume(volume, (copy) => {
      copy.status = { ...copy.status, phase };
      if (message) copy.status.message = message;
      else delete copy.status.message;
    }, cause, 'status');
  }
}

function changed<T>(object: T, change: (copy: T) => void): T {
  const copy = clone(object) as T;
  change(copy);
  return copy;
}
