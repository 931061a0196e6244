/** What Go says of the same trouble. */
export function goNetworkError(error: NodeJS.ErrnoException & { cert?: { subjectaltname?: string } }, url: URL): string {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const { address, port } = error as unknown as { address?: string; port?: number };
  const target = `${(address ?? host).includes(':') ? `[${address ?? host}]` : (address ?? host)}:${port ?? (url.port || '443')}`;
  switch (error.code) {
    case 'ECONNREFUSED':
      return `dial tcp ${target}: connect: connection refused`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `dial tcp: lookup ${host}: no such host`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `dial tcp ${target}: connect: no route to host`;
    case 'DEADLINE':
    case 'ETIMEDOUT':
      return 'context deadline exceeded';
    case 'ECONNRESET':
      return 'EOF';
    case 'EPROTO':
      return 'http: server gave HTTP response to HTTPS client';
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `tls: failed to verify certificate: x509: certificate is valid for ${(error.cert?.subjectaltname ?? '').replaceAll(/(DNS|IP Address):/g, '')}, not ${host}`;
    case 'CERT_HAS_EXPIRED':
      return 'tls: failed to verify certificate: x509: certificate has expired or is not yet valid';
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return 'tls: failed to verify certificate: x509: certificate signed by unknown authority';
    default:
      return error.message;
  }
}

