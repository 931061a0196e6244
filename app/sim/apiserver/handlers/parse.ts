import { parseAllDocuments } from 'yaml';
import { goJsonProblem } from '../../machinery/go-json.ts';
import type { ReadBody } from './body.ts';

/** A body that is no object of any kind. Who wanted one says which. */
export class UnreadableBody extends Error {
  readonly bytes: Buffer;

  constructor(message: string, bytes: Buffer) {
    super(message);
    this.bytes = bytes;
  }

  /** The first bytes, as text when they look like JSON. models runtime/serializer/recognizer: summarizeData */
  get summary(): string {
    const { bytes } = this;
    if (bytes.length === 0) return '<empty>';
    const head = bytes.subarray(0, SUMMARY_BYTES);
    return `${bytes[0] === 0x7b ? head.toString('utf8') : head.toString('hex')}${bytes.length > SUMMARY_BYTES ? ' ...' : ''}`;
  }
}

const SUMMARY_BYTES = 30;

/** JSON with duplicate fields found, which JSON.parse passes over. */
export function parseJsonBody(bytes: Buffer): ReadBody {
  const text = bytes.toString('utf8');
  const problem = goJsonProblem(text);
  if (!problem) return { object: JSON.parse(text) as unknown, problems: duplicateFields(text) };
  // kubectl and curl send YAML as JSON at times; the real server sniffs too.
  if (text.trim() !== '' && !/^\s*[[{"]/.test(text)) return parseYamlBody(bytes);
  throw new UnreadableBody(`couldn't get version/kind; json parse error: ${problem}`, bytes);
}

export function parseYamlBody(bytes: Buffer): ReadBody {
  const text = bytes.toString('utf8');
  const [document] = parseAllDocuments(text, { uniqueKeys: false });
  if (!document || !('toJS' in document) || document.errors.length > 0) throw new UnreadableBody(`yaml: ${goYamlProblem(document && 'errors' in document ? document.errors[0] : undefined)}`, bytes);
  const twice = parseAllDocuments(text)[0];
  const problems = twice && 'errors' in twice ? twice.errors.filter(({ code }) => code === 'DUPLICATE_KEY').map(({ linePos, pos: [at] }) => `  line ${linePos?.[0].line ?? 1}: key ${JSON.stringify(/^[^:\n]*/.exec(text.slice(at))![0].trim())} already set in map`) : [];
  return { object: document.toJS() as unknown, problems: problems.length > 0 ? [`yaml: unmarshal errors:\n${problems.join('\n')}`] : [] };
}

/** go-yaml's words for what the library found. */
function goYamlProblem(error: { readonly message: string; readonly linePos?: readonly { readonly line: number }[] | undefined } | undefined): string {
  if (!error) return 'empty document';
  const line = error.linePos?.[0]?.line ?? 1;
  const where = line > 1 ? `line ${line}: ` : '';
  if (/Nested mappings are not allowed/.test(error.message)) return `${where}mapping values are not allowed in this context`;
  if (/[Tt]abs? /.test(error.message)) return `line ${line}: found character that cannot start any token`;
  return `${where}${error.message.split('\n')[0]!.replace(/ at line \d+, column \d+:?$/, '')}`;
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
