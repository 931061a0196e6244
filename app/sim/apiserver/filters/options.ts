import { newBadRequest, newInvalid } from '../../machinery/errors.ts';
import { Verbatim, type FieldError } from '../../machinery/field-error.ts';
import { isTrue } from './request-info.ts';

type Query = Readonly<Record<string, string | undefined>>;

const OPTIONS_OF: Readonly<Record<string, string>> = { create: 'CreateOptions', update: 'UpdateOptions', patch: 'PatchOptions', delete: 'DeleteOptions', deletecollection: 'DeleteOptions', list: 'ListOptions', watch: 'ListOptions' };
const NUMBERS = ['limit', 'timeoutSeconds', 'gracePeriodSeconds'];
const LONGEST_MANAGER = 128;
const FIELD_VALIDATIONS = ['', 'Ignore', 'Strict', 'Warn'];

/**
 * Refuses options that the verb does not understand. models apimachinery/pkg/apis/meta/v1/validation and internalversion/validation
 * @returns whether nothing shall be stored
 */
export function checkOptions(verb: string, query: Query): boolean {
  const kind = OPTIONS_OF[verb];
  if (!kind) return query['dryRun'] === 'All';
  for (const name of NUMBERS) {
    const text = query[name];
    if (text !== undefined && text !== '' && !/^[+-]?\d+$/.test(text)) throw newBadRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  const findings = kind === 'ListOptions' ? listFindings(verb, query) : writeFindings(kind, query);
  if (findings.length > 0) throw newInvalid({ group: 'meta.k8s.io', kind }, '', findings);
  return query['dryRun'] === 'All';
}

function writeFindings(kind: string, { dryRun, fieldManager, fieldValidation }: Query): FieldError[] {
  const findings: FieldError[] = [];
  if (kind !== 'DeleteOptions' && fieldManager !== undefined) findings.push(...managerFindings(fieldManager));
  if (dryRun !== undefined && dryRun !== 'All') findings.push({ type: 'NotSupported', field: 'dryRun', value: new Verbatim(JSON.stringify([dryRun])), detail: 'supported values: "All"' });
  if (kind !== 'DeleteOptions' && fieldValidation !== undefined && !FIELD_VALIDATIONS.includes(fieldValidation)) {
    findings.push({ type: 'NotSupported', field: 'fieldValidation', value: fieldValidation, detail: `supported values: ${FIELD_VALIDATIONS.map((value) => JSON.stringify(value)).join(', ')}` });
  }
  return findings;
}

function managerFindings(manager: string): FieldError[] {
  const findings: FieldError[] = [];
  if (Buffer.byteLength(manager) > LONGEST_MANAGER) findings.push({ type: 'TooLong', field: 'fieldManager', detail: `may not be more than ${LONGEST_MANAGER} bytes` });
  for (const [position, character] of [...manager].entries()) {
    if (!/\p{C}/u.test(character)) continue;
    const code = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
    findings.push({ type: 'Invalid', field: 'fieldManager', value: manager, detail: `invalid character U+${code} (at position ${position})` });
  }
  return findings;
}

function listFindings(verb: string, query: Query): FieldError[] {
  const match = query['resourceVersionMatch'] ?? '';
  const asksForEvents = query['sendInitialEvents'] !== undefined;
  const findings: FieldError[] = [];
  const forbid = (field: string, detail: string): void => void findings.push({ type: 'Forbidden', field, detail });
  const unsupported = (supported: readonly string[]): void => void findings.push({ type: 'NotSupported', field: 'resourceVersionMatch', value: match, detail: `supported values: ${supported.map((value) => JSON.stringify(value)).join(', ')}` });
  if (verb === 'watch' || isTrue(query['watch'])) {
    if (asksForEvents && match !== 'NotOlderThan') forbid('resourceVersionMatch', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
    if (match && !asksForEvents) forbid('resourceVersionMatch', 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided');
    if (match && match !== 'NotOlderThan') unsupported(['NotOlderThan']);
    return findings;
  }
  if (match) {
    if (!query['resourceVersion']) forbid('resourceVersionMatch', 'resourceVersionMatch is forbidden unless resourceVersion is provided');
    if (query['continue']) forbid('resourceVersionMatch', 'resourceVersionMatch is forbidden when continue is provided');
    if (match !== 'Exact' && match !== 'NotOlderThan') unsupported(['Exact', 'NotOlderThan', '']);
    if (match === 'Exact' && query['resourceVersion'] === '0') forbid('resourceVersionMatch', 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
  }
  if (asksForEvents) forbid('sendInitialEvents', 'sendInitialEvents is forbidden for list');
  return findings;
}
