import { parseTime } from '../../../base/clock/index.ts';
import type { Secret, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import { ControlLoop } from '../../client/control-loop.ts';
import { configMaps, pods, secrets, serviceAccounts } from '../../client/resource-types.ts';
import { dayOf, INVALID_SINCE, isDay, LAST_USED, TRACKING_MAP } from '../../machinery/legacy-tokens.ts';
import { secretNamesOf } from '../../machinery/pod-references.ts';
import { isConflict, isNotFound } from '../../machinery/status.ts';
import type { Controller, ControllerContext } from '../context.ts';

const DAY_MS = 86_400_000;
/** models kube-controller-manager: --legacy-service-account-token-clean-up-period, a year */
const CLEAN_UP_PERIOD_MS = 365 * DAY_MS;
const TYPE = 'kubernetes.io/service-account-token';

/**
 * Deletes tokens that were once made for each service account by itself (the account lists them) when nobody has used one for
 * a year: first it is marked as invalid, and a year later it goes. Tokens that somebody asked for are left alone.
 *
 * models pkg/controller/serviceaccount: LegacySATokenCleaner
 */
export const legacyTokenCleaningController: Controller = {
  name: 'legacy-serviceaccount-token-cleaner-controller',
  serviceAccount: 'legacy-service-account-token-cleaner',
  start(context) {
    const { clock, informers } = context;
    const sources = [informers.of(serviceAccounts), informers.of(secrets), informers.of(pods)];
    const loop = new ControlLoop('legacy-serviceaccount-token-cleaner-controller', clock, {
      async reconcile(_, cause) {
        if (sources.some(({ synced }) => !synced)) return { requeueAfterMs: 100 };
        await clean(context, cause);
        return { requeueAfterMs: DAY_MS };
      },
    });
    loop.queue.add('all');
    return loop;
  },
};

async function clean(context: ControllerContext, cause: Cause): Promise<void> {
  const { client, clock, informers } = context;
  const tracking = await client.get(configMaps, 'kube-system', TRACKING_MAP, cause).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
    return undefined;
  });
  const since = tracking?.data?.['since'];
  // From the end of the day on which the noting down began.
  if (!isDay(since) || clock.now() < parseTime(`${since}T00:00:00Z`) + DAY_MS + CLEAN_UP_PERIOD_MS) return;
  const oldest = clock.now() - CLEAN_UP_PERIOD_MS;
  for (const secret of informers.of(secrets).list()) {
    if (secret.type !== TYPE || secret.metadata.deletionTimestamp || parseTime(secret.metadata.creationTimestamp!) >= oldest) continue;
    const used = secret.metadata.labels?.[LAST_USED];
    if (used !== undefined && (!isDay(used) || used >= dayOf(oldest))) continue;
    if (isListed(secret, context) && !isMounted(secret, context)) await retire(secret, dayOf(oldest), context, cause);
  }
}

/** Was it made by itself? Then its account lists it. */
function isListed({ metadata }: Stored<Secret>, { informers }: ControllerContext): boolean {
  const account = informers.of(serviceAccounts).get(`${metadata.namespace}/${metadata.annotations?.['kubernetes.io/service-account.name']}`);
  const uid = metadata.annotations?.['kubernetes.io/service-account.uid'];
  return account !== undefined && (!uid || uid === account.metadata.uid) && (account.secrets ?? []).some(({ name }) => name === metadata.name);
}

function isMounted({ metadata }: Stored<Secret>, { informers }: ControllerContext): boolean {
  return informers.of(pods).inNamespace(metadata.namespace!).some(({ spec }) => secretNamesOf(spec).has(metadata.name));
}

async function retire({ metadata }: Stored<Secret>, oldestDay: string, { client, clock }: ControllerContext, cause: Cause): Promise<void> {
  const invalidSince = metadata.labels?.[INVALID_SINCE];
  const { namespace, name, uid, resourceVersion } = metadata;
  const change = !isDay(invalidSince)
    ? client.patch(secrets, namespace, name, { metadata: { uid, labels: { [INVALID_SINCE]: dayOf(clock.now()) } } }, cause)
    : invalidSince < oldestDay ? client.delete(secrets, namespace, name, { preconditions: { resourceVersion } }, cause) : undefined;
  await change?.catch((error: unknown) => {
    if (!isNotFound(error) && !isConflict(error)) throw error;
  });
}
