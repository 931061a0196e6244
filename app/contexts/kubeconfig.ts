import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { OrreryError } from '../base/errors/index.ts';

/** A context of the user's kubeconfig, without any secret. */
export interface UserContext {
  readonly name: string;
  readonly cluster: string;
  readonly server: string;
  readonly user: string;
  readonly isCurrent: boolean;
  /** How the user proves who he is. */
  readonly authentication: 'certificate' | 'token' | 'command' | 'password' | 'none';
  /** Why it cannot be used, one sentence. */
  readonly problem?: string;
}

/** The files that kubectl would read: $KUBECONFIG, otherwise ~/.kube/config. */
export function kubeconfigFiles(environment: Readonly<Record<string, string | undefined>>): string[] {
  const named = environment['KUBECONFIG']?.split(path.delimiter).filter((file) => file !== '') ?? [];
  return named.length > 0 ? named : [path.join(environment['HOME'] ?? homedir(), '.kube/config')];
}

/**
 * The user's kubeconfig, merged as kubectl merges: who is named first wins. No file at all is an empty one.
 *
 * @throws `kubeconfig-damaged` with the file's name
 */
export function readKubeconfig(environment: Readonly<Record<string, string | undefined>>): KubeConfig {
  const merged = new KubeConfig();
  merged.loadFromOptions({ clusters: [], users: [], contexts: [] });
  for (const file of kubeconfigFiles(environment)) {
    if (!existsSync(file)) continue;
    const one = new KubeConfig();
    try {
      // What one entry lacks is told of that entry; it does not hide the others.
      one.loadFromFile(file, { onInvalidEntry: 'filter' });
      one.makePathsAbsolute(path.dirname(file));
    } catch (error) {
      throw new OrreryError('kubeconfig-damaged', `${file} cannot be read as a kubeconfig: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`, { remedy: 'kubectl config view says more.', cause: error });
    }
    for (const cluster of one.clusters) if (!merged.getCluster(cluster.name)) merged.addCluster(cluster);
    for (const user of one.users) if (!merged.getUser(user.name)) merged.addUser(user);
    for (const context of one.contexts) if (!merged.getContextObject(context.name)) merged.addContext(context);
    if (!merged.currentContext) merged.setCurrentContext(one.currentContext);
  }
  return merged;
}

export function listContexts(config: KubeConfig): UserContext[] {
  return config.contexts.map(({ name, cluster, user }) => {
    const server = config.getCluster(cluster)?.server ?? '';
    const problem = problemOf(config, cluster, user, server);
    return { name, cluster, server, user, isCurrent: name === config.currentContext, authentication: authenticationOf(config, user), ...(problem ? { problem } : {}) };
  });
}

function problemOf(config: KubeConfig, cluster: string, user: string, server: string): string | undefined {
  if (!config.getCluster(cluster)) return `The cluster ${cluster} is not in the kubeconfig.`;
  if (!config.getUser(user)) return `The user ${user} is not in the kubeconfig.`;
  return server.startsWith('https://') ? undefined : `Its server ${server || '(none)'} is not reached by HTTPS.`;
}

function authenticationOf(config: KubeConfig, name: string): UserContext['authentication'] {
  const user = config.getUser(name);
  if (user?.exec ?? user?.authProvider) return 'command';
  if (user?.certData ?? user?.certFile) return 'certificate';
  if (user?.token) return 'token';
  return user?.username ? 'password' : 'none';
}

/** The one context and what belongs to it, as a kubeconfig of its own. */
export function only(config: KubeConfig, name: string): KubeConfig {
  const context = config.getContextObject(name);
  const cluster = context && config.getCluster(context.cluster);
  const user = context && config.getUser(context.user);
  if (!context) throw new OrreryError('no-context', `There is no context ${name} in the kubeconfig.`, { remedy: 'kubectl config get-contexts lists them.' });
  const problem = problemOf(config, context.cluster, context.user, cluster?.server ?? '');
  if (problem || !cluster || !user) throw new OrreryError('context-incomplete', `The context ${name} cannot be used. ${problem}`, { remedy: 'Mend it with kubectl config.' });
  const alone = new KubeConfig();
  alone.loadFromOptions({ clusters: [cluster], users: [user], contexts: [context], currentContext: name });
  return alone;
}
