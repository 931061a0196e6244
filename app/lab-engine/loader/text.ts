import { toHtml } from 'hast-util-to-html';
import type { Nodes, RootContent } from 'mdast';
import { directiveFromMarkdown, type ContainerDirective } from 'mdast-util-directive';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { toHast } from 'mdast-util-to-hast';
import { directive } from 'micromark-extension-directive';
import { gfm } from 'micromark-extension-gfm';
import type { Block } from '../../contracts/lab/index.ts';

/** Languages whose fences are shown as commands to type. */
const COMMANDS = new Set(['sh', 'bash', 'console']);

/** What a container directive becomes: its name, attributes and inner HTML in, a block out. */
const DIRECTIVES: Readonly<Record<string, (attributes: Readonly<Record<string, string | null | undefined>>, html: string, index: number) => Block>> = {
  task: (attributes, html) => ({ type: 'task', step: attributes['id'] ?? '', html }),
  predict: (attributes, html, index) => ({ type: 'predict', id: attributes['id'] ?? `predict-${index}`, step: attributes['step'] ?? '', html, answer: attributes['answer'] ?? '' }),
  diagram: (attributes, html) => ({ type: 'diagram', focus: (attributes['focus'] ?? '').split(',').filter(Boolean), ...(attributes['show'] ? { show: attributes['show'] } : {}), html }),
  debrief: (_, html) => ({ type: 'debrief', html }),
  quiz: () => ({ type: 'quiz' }),
};

/**
 * A chapter's Markdown as blocks. Raw HTML in the Markdown is dropped, so blocks hold only what Markdown makes.
 * @throws with the line when a directive is unknown
 */
export function blocksOf(markdown: string): Block[] {
  const root = fromMarkdown(markdown, { extensions: [directive(), gfm()], mdastExtensions: [directiveFromMarkdown(), gfmFromMarkdown()] });
  const blocks: Block[] = [];
  let prose: RootContent[] = [];
  const flush = (): void => {
    if (prose.length > 0) blocks.push({ type: 'html', html: htmlOf(prose) });
    prose = [];
  };
  for (const node of root.children) {
    if (node.type === 'containerDirective') {
      flush();
      blocks.push(blockOf(node, blocks.length));
    } else if (node.type === 'code' && COMMANDS.has(node.lang ?? '')) {
      flush();
      blocks.push({ type: 'command', command: node.value, language: node.lang! });
    } else prose.push(node);
  }
  flush();
  return blocks;
}

function blockOf(node: ContainerDirective, index: number): Block {
  const make = DIRECTIVES[node.name];
  if (!make) throw new Error(`line ${node.position?.start.line}: there is no :::${node.name}; known are ${Object.keys(DIRECTIVES).join(', ')}`);
  return make(node.attributes ?? {}, htmlOf(node.children), index);
}

function htmlOf(children: readonly RootContent[]): string {
  const root = { type: 'root', children: children.map((child) => withParts(child)) } as Nodes;
  return toHtml(toHast(root));
}

/** `:part[kube-scheduler]` in running text: the component's name in its own hue. A colon in other text stays a colon. */
function withParts<T extends Nodes>(node: T): T {
  const textOf = (inner: Nodes): string => ('value' in inner ? inner.value : 'children' in inner ? inner.children.map((child) => textOf(child)).join('') : '');
  if (node.type === 'textDirective') {
    const name = textOf(node);
    if (node.name === 'part') return { type: 'strong', children: [{ type: 'text', value: name }], data: { hName: 'span', hProperties: { className: ['part'], 'data-part': name } } } as unknown as T;
    return { type: 'text', value: `:${node.name}${name ? `[${name}]` : ''}` } as unknown as T;
  }
  return 'children' in node ? ({ ...node, children: node.children.map((child) => withParts(child as Nodes)) } as T) : node;
}
