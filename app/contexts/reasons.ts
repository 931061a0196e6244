import { OrreryError } from '../base/errors/index.ts';

/** By the system's error code. */
const CODES: Readonly<Record<string, readonly [string, string]>> = {
  ECONNREFUSED: ['nothing listens there', 'Is the cluster running? For a local one, start it.'],
  ENOTFOUND: ['its name is not known', 'Are you in the right network, or is a VPN needed?'],
  EAI_AGAIN: ['its name cannot be looked up now', 'Is this machine online?'],
  ETIMEDOUT: ['it does not answer', 'Are you in the right network, or is a VPN needed?'],
  EHOSTUNREACH: ['there is no way to it', 'Are you in the right network, or is a VPN needed?'],
  ENETUNREACH: ['there is no way to it', 'Is this machine online?'],
  ECONNRESET: ['it hung up', 'Is there a proxy between?'],
  CERT_HAS_EXPIRED: ["its certificate has expired", "Renew the cluster's certificates."],
  DEPTH_ZERO_SELF_SIGNED_CERT: ['its certificate is signed by nobody the kubeconfig trusts', 'Fetch a fresh kubeconfig: the cluster was perhaps made anew.'],
  SELF_SIGNED_CERT_IN_CHAIN: ['its certificate is signed by nobody the kubeconfig trusts', 'Fetch a fresh kubeconfig: the cluster was perhaps made anew.'],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ['its certificate is signed by nobody the kubeconfig trusts', 'Fetch a fresh kubeconfig: the cluster was perhaps made anew.'],
  CERT_SIGNATURE_FAILURE: ['its certificate is signed by nobody the kubeconfig trusts', 'Fetch a fresh kubeconfig: the cluster was perhaps made anew.'],
  ERR_TLS_CERT_ALTNAME_INVALID: ['its certificate is for another name', 'Check the server in the kubeconfig.'],
  ENOENT: ['a file or command that the kubeconfig names is missing', 'Install it, or fetch a fresh kubeconfig.'],
};

/** Why a cluster cannot be reached, so that a person knows what to do. */
export function plainly(error: unknown, name: string, server: string): OrreryError {
  if (error instanceof OrreryError && !error.code.startsWith('http-')) return error;
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? '';
  if (code === 'http-401') return new OrreryError('unauthorized', `${name} does not know who you are: your credentials are not valid (any more).`, { remedy: 'Sign in again, as for kubectl.', cause: error });
  if (code === 'http-403') return new OrreryError('forbidden', `${name} does not let you look: ${(error as Error).message}`, { remedy: 'Ask for the right to list nodes and Pods.', cause: error });
  const [reason, remedy] = CODES[code] ?? [error instanceof Error ? error.message : String(error), 'Does kubectl reach it?'];
  return new OrreryError('unreachable', `${name} (${server}) cannot be reached: ${reason}.`, { remedy, cause: error });
}
