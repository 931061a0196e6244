import { newNotAcceptable } from '../../machinery/errors.ts';

/** The form in which an answer is written. */
export interface Form {
  readonly format: 'json' | 'yaml';
  /** A transformation: `as=Table`, `as=PartialObjectMetadata(List)`. */
  readonly as: 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList' | undefined;
}

const ACCEPTED = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];

/**
 * Picks the first acceptable form of an Accept header.
 * models apiserver/pkg/endpoints/handlers/negotiation: NegotiateMediaTypeOptions. Protobuf answers are not written yet: a
 * client that accepts nothing else gets 406, one that also takes JSON (as kubectl always does) gets JSON.
 */
export function negotiate(accept: string | undefined): Form {
  const clauses = (accept ?? '').split(',').map((clause) => clause.trim()).filter((clause) => clause !== '');
  if (clauses.length === 0) return { format: 'json', as: undefined };
  for (const clause of clauses) {
    const [mediaType = '', ...parameters] = clause.split(';').map((part) => part.trim());
    const values = new Map(parameters.map((parameter) => parameter.split('=').map((part) => part.trim()) as [string, string]));
    const format = mediaType === 'application/yaml' ? 'yaml' : ['application/json', '*/*', 'application/*'].includes(mediaType) ? 'json' : undefined;
    if (!format) continue;
    const as = values.get('as');
    if (as === undefined) return { format, as: undefined };
    if (values.get('g') !== 'meta.k8s.io' || values.get('v') !== 'v1') continue;
    if (as === 'Table' || as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') return { format, as };
  }
  throw newNotAcceptable(ACCEPTED);
}
