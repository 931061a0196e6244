import type { Authenticator, Credentials } from '../interfaces.ts';
import type { UserInfo } from '../../machinery/transport.ts';

/** The subject of a client certificate is the user: CN the name, O the groups. models pkg/authentication/request/x509 */
export const x509Authenticator: Authenticator = {
  authenticate({ certificate }: Credentials): UserInfo | undefined {
    if (!certificate?.commonName) return undefined;
    const { commonName, organizations, fingerprint } = certificate;
    return {
      name: commonName,
      groups: [...organizations, 'system:authenticated'],
      ...(fingerprint ? { extra: { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${fingerprint}`] } } : {}),
    };
  },
};
