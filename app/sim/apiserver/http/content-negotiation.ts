import { newNotAcceptable, newUnservable } from '../../machinery/errors.ts';

/** The form in which an answer is written. */
export interface Form {
  readonly format: 'json' | 'yaml' | 'protobuf';
  /** A transformation: `as=Table`, `as=PartialObjectMetadata(List)`. */
  readonly as: 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList' | undefined;
  /** The version of `as` that older clients ask for: the same but for its name. */
  readonly isBeta?: boolean;
}

export const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const ACCEPTED = ['application/json', 'application/yaml', PROTOBUF];

/** The Content-Type of each form. */
export const MEDIA_TYPES: Readonly<Record<Form['format'], string>> = { json: 'application/json', yaml: 'application/yaml', protobuf: PROTOBUF };

/**
 * Picks the first acceptable form of an Accept header.
 * models apiserver/pkg/endpoints/handlers/negotiation: NegotiateMediaTypeOptions
 * @param protobuf what is answered has a protobuf form
 */
export function negotiate(accept: string | undefined, protobuf = false, isWatchable = false): Form {
  const clauses = (accept ?? '').split(',').map((clause) => clause.trim()).filter((clause) => clause !== '');
  if (clauses.length === 0) return { format: 'json', as: undefined };
  let isKnown = false;
  for (const clause of clauses) {
    const [mediaType = '', ...parameters] = clause.split(';').map((part) => part.trim());
    const values = new Map(parameters.map((parameter) => parameter.split('=').map((part) => part.trim()) as [string, string]));
    const format = mediaType === 'application/yaml' ? 'yaml' : mediaType === PROTOBUF ? (protobuf ? 'protobuf' : undefined) : ['application/json', '*/*', 'application/*'].includes(mediaType) ? 'json' : undefined;
    if (mediaType === PROTOBUF) isKnown = true;
    if (!format) continue;
    isKnown = true;
    const as = values.get('as');
    if (as === undefined) return { format, as: undefined };
    const version = values.get('v');
    if (values.get('g') !== 'meta.k8s.io' || (version !== 'v1' && version !== 'v1beta1')) continue;
    if (as === 'Table' && format === 'protobuf') continue;
    if (as === 'Table' || as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') return { format, as, ...(version === 'v1beta1' ? { isBeta: true } : {}) };
  }
  throw isKnown ? newNotAcceptable(ACCEPTED) : newUnservable([...ACCEPTED, ...(isWatchable ? ['application/json;stream=watch', `${PROTOBUF};stream=watch`] : [])]);
}
