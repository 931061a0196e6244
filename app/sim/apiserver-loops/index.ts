import { apiServiceAvailability } from './apiservice-availability.ts';
import type { ApiServerLoop } from './context.ts';
import { crdFinalizer } from './crd-finalizer.ts';
import { crdNaming } from './crd-naming.ts';
import { crdRegistration } from './crd-registration.ts';
import { legacyTokenTracking } from './legacy-token-tracking.ts';
import { serviceAddresses } from './service-addresses.ts';

/** The loops that run inside kube-apiserver. models pkg/controlplane, apiextensions-apiserver, kube-aggregator: post-start hooks */
export const apiServerLoops: readonly ApiServerLoop[] = [crdNaming, crdFinalizer, crdRegistration, apiServiceAvailability, serviceAddresses, legacyTokenTracking];
