export { applyServerSide, LAST_APPLIED, STATUS_FIELDS, type ApplyResult, type ServerSideApply } from './apply.ts';
export { FieldSet, fieldSetOf } from './field-set.ts';
export { isReset, recordUpdate, type RecordUpdate } from './record-update.ts';
export { emptyObject } from './walk.ts';
