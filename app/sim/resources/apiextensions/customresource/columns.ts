import { parseTime } from '../../../../base/clock/index.ts';
import { JsonPath } from '../../../machinery/json-path.ts';
import type { Column, PrintContext } from '../../definition.ts';
import { humanDuration, objectAge, objectName } from '../../shared/ages.ts';
import { columnsOf } from '../../shared/columns.ts';
import type { PrinterColumn } from '../customresourcedefinition/types.ts';

type Cell = string | number | boolean | null;

/** Name, then what the definition asks for; without any wish, the age. models apiserver/pkg/.../tableconvertor: New */
export function columnsOfCustomResource(wanted: readonly PrinterColumn[] | undefined): readonly Column<any>[] {
  const [name] = columnsOf<any>('apiextensions.k8s.io/v1/customresourcedefinitions', [objectName]);
  return [name!, ...(wanted && wanted.length > 0 ? wanted.map(column) : [age()])];
}

/** The age column that a definition without columns gets. */
function age(): Column<any> {
  const [, created] = columnsOf<any>('apiextensions.k8s.io/v1/customresourcedefinitions', [objectName, objectAge]);
  return { name: 'Age', type: 'date', format: '', description: created!.description, priority: 0, value: objectAge };
}

function column({ name, type, format, description, priority, jsonPath }: PrinterColumn): Column<any> {
  const path = new JsonPath(jsonPath);
  return {
    name,
    type: type as Column<any>['type'],
    format: format ?? '',
    description: description || `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    priority: priority ?? 0,
    value: (object, context) => cell(path.find(object)[0], type, context),
  };
}

/** models tableconvertor: cellForJSONValue. A path with `[*]` prints its first match only. */
function cell(value: unknown, type: string, { now }: PrintContext): Cell {
  if (value === undefined || value === null) return null;
  switch (type) {
    case 'string':
      return typeof value === 'string' ? value : typeof value === 'object' ? JSON.stringify(value) : String(value);
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      if (typeof value !== 'string') return null;
      return Number.isNaN(parseTime(value)) ? '<invalid>' : humanDuration(now - parseTime(value));
    default:
      return null;
  }
}
