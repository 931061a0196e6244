import { FieldSet, fieldSetOf, STATUS_FIELDS } from '../../machinery/managed-fields/index.ts';
import type { ResourceDefinition } from '../../resources/definition.ts';

/** The fields that a write cannot change, and so does not come to own. models rest.ResetFieldsStrategy */
export function resetFieldsOf(definition: ResourceDefinition, subresource: string): FieldSet {
  if (subresource === '' && definition.resetFields) return definition.resetFields.reduce((set, field) => set.union(fieldSetOf([field])), FieldSet.EMPTY);
  const keepsStatus = definition.subresources?.status && subresource !== 'status' && subresource !== 'approval';
  return keepsStatus ? STATUS_FIELDS : FieldSet.EMPTY;
}
