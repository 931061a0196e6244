import { parseAllDocuments } from 'yaml';
import { newBadRequest } from '../../machinery/errors.ts';
import type { ReadBody } from './body.ts';

/** JSON with duplicate fields found, which JSON.parse passes over. */
export function parseJsonBody(bytes: Buffer): ReadBody {
  const text = bytes.toString('utf8');
  if (text.trim() === '') throw newBadRequest('unable to decode an object: unexpected end of JSON input');
  try {
    return { object: JSON.parse(text) as unknown, problems: duplicateFields(text) };
  } catch {
    // kubectl and curl send YAML as JSON at times; the real server sniffs too.
    if (!/^\s*[[{"]/.test(text)) return parseYamlBody(bytes);
    throw newBadRequest(`the object provided is unrecognized (must be of type Object): couldn't get version/kind; json parse error: ${goSyntaxError(text)} (${bytes.subarray(0, 32).toString('hex')})`);
  }
}

export function parseYamlBody(bytes: Buffer): ReadBody {
  const [document] = parseAllDocuments(bytes.toString('utf8'), { uniqueKeys: false });
  if (!document || !('toJS' in document) || document.errors.length > 0) {
    const message = document && 'errors' in document ? document.errors[0]?.message.split('\n')[0] : 'empty document';
    throw newBadRequest(`error converting YAML to JSON: yaml: ${message}`);
  }
  return { object: document.toJS() as unknown, problems: [] };
}

/** What Go's decoder says of broken JSON. */
export function goSyntaxError(text: string): string {
  try {
    JSON.parse(text);
    return '';
  } catch (error) {
    const message = (error as Error).message;
    if (/Unexpected end|Unterminated|end of JSON/i.test(message)) return 'unexpected end of JSON input';
    const token = /Unexpected token '?(.)'?/.exec(message)?.[1] ?? text.trim()[0] ?? '';
    return `invalid character '${token}' looking for beginning of value`;
  }
}

/** `duplicate field "data.a"` for every key that stands twice in one object. */
function duplicateFields(text: string): string[] {
  const problems: string[] = [];
  const stack: { keys: Set<string> | undefined; path: string; index: number }[] = [];
  const tokens = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;
  let key = '';
  let previous = '';
  for (let match = tokens.exec(text); match; match = tokens.exec(text)) {
    const token = match[0];
    const top = stack[stack.length - 1];
    if (token === '{' || token === '[') {
      const at = top ? (top.keys ? join(top.path, key) : `${top.path}[${top.index}]`) : '';
      stack.push({ keys: token === '{' ? new Set() : undefined, path: at, index: 0 });
    } else if (token === '}' || token === ']') {
      stack.pop();
    } else if (token === ',') {
      if (top) top.index++;
    } else if (token.startsWith('"') && top?.keys && (previous === '{' || previous === ',')) {
      key = JSON.parse(token) as string;
      if (top.keys.has(key)) problems.push(`duplicate field ${JSON.stringify(join(top.path, key))}`);
      top.keys.add(key);
    }
    previous = token;
  }
  return problems;
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}
