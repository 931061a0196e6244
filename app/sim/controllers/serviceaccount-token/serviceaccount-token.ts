import type { Secret, ServiceAccount, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import { ControlLoop } from '../../client/control-loop.ts';
import { secrets, serviceAccounts } from '../../client/resource-types.ts';
import { keyOf } from '../../machinery/objects.ts';
import { isConflict, isNotFound } from '../../machinery/status.ts';
import type { Controller, ControllerContext } from '../context.ts';

const TYPE = 'kubernetes.io/service-account-token';
const NAME = 'kubernetes.io/service-account.name';
const UID = 'kubernetes.io/service-account.uid';

/**
 * Fills in Secrets that ask for a lasting token of a service account, and deletes those whose account is gone. It acts as
 * the manager itself: it is what gives the other loops' accounts a meaning.
 *
 * models pkg/controller/serviceaccount: TokensController
 */
export const serviceAccountTokenController: Controller = {
  name: 'serviceaccount-token-controller',
  start(context) {
    const { clock, informers, client } = context;
    const accounts = informers.of(serviceAccounts);
    const all = informers.of(secrets);
    const loop = new ControlLoop('serviceaccount-token-controller', clock, {
      async reconcile(key, cause) {
        const secret = all.get(key);
        if (!isToken(secret)) return;
        const account = await accountOf(secret, context);
        if (account) await fill(secret, account, context, cause);
        else await client.delete(secrets, secret.metadata.namespace, secret.metadata.name, { preconditions: { uid: secret.metadata.uid } }, cause).catch(ignore(isNotFound, isConflict));
      },
    }, 2);
    all.handle({
      onAdd: (secret, cause) => void (isToken(secret) && loop.queue.add(keyOf(secret), cause)),
      onUpdate: (secret, _, cause) => void (isToken(secret) && loop.queue.add(keyOf(secret), cause)),
    });
    accounts.handle({
      onDelete: ({ metadata }, cause) => all.inNamespace(metadata.namespace!).forEach((secret) => isToken(secret) && secret.metadata.annotations?.[NAME] === metadata.name && loop.queue.add(keyOf(secret), cause)),
    });
    return loop;
  },
};

function isToken(secret: Stored<Secret> | undefined): secret is Stored<Secret> {
  return secret?.type === TYPE && Boolean(secret.metadata.annotations?.[NAME]);
}

/** The account that a Secret names, asked for at the server when the copy does not have it. models getServiceAccount */
async function accountOf(secret: Stored<Secret>, { client, informers }: ControllerContext): Promise<Stored<ServiceAccount> | undefined> {
  const name = secret.metadata.annotations![NAME]!;
  const uid = secret.metadata.annotations![UID];
  const isIt = (account: Stored<ServiceAccount> | undefined): boolean => account !== undefined && (!uid || account.metadata.uid === uid);
  const known = informers.of(serviceAccounts).get(`${secret.metadata.namespace}/${name}`);
  if (isIt(known)) return known;
  const live = await client.get(serviceAccounts, secret.metadata.namespace, name).catch(ignore(isNotFound));
  return isIt(live) ? live : undefined;
}

/** models generateTokenIfNeeded: what is there already stays, but for another authority */
async function fill(secret: Stored<Secret>, account: Stored<ServiceAccount>, { client, rootCertificate, signToken }: ControllerContext, cause: Cause): Promise<void> {
  const authority = Buffer.from(rootCertificate).toString('base64');
  const { data = {}, metadata } = secret;
  if (!signToken || (data['ca.crt'] === authority && data['namespace'] && data['token'])) return;
  const token = (): string => signToken({ namespace: metadata.namespace!, secret: metadata.name, serviceAccount: { name: account.metadata.name, uid: account.metadata.uid } });
  const filled = {
    ...secret,
    metadata: { ...metadata, annotations: { ...metadata.annotations, [NAME]: account.metadata.name, [UID]: account.metadata.uid } },
    data: { ...data, 'ca.crt': authority, namespace: data['namespace'] || Buffer.from(metadata.namespace!).toString('base64'), token: data['token'] || Buffer.from(token()).toString('base64') },
  };
  await client.update(secrets, filled, cause).catch(ignore(isNotFound));
}

function ignore(...kinds: readonly ((error: unknown) => boolean)[]): (error: unknown) => undefined {
  return (error) => {
    if (!kinds.some((is) => is(error))) throw error;
    return undefined;
  };
}
