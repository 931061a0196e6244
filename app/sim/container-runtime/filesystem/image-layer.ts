import type { Image } from '../images/image.ts';
import type { Program } from '../processes/process.ts';
import { Content, zeros } from './content.ts';
import { FileTree } from './file-tree.ts';
import { FileNode, type DirectoryNode } from './inode.ts';

const layers = new WeakMap<Image, DirectoryNode>();

/** The files of an image, shared by all its containers. `tools`: the userland's programs by the path they are found at. */
export function imageLayer(image: Image, tools: ReadonlyMap<string, Program>, builtAt: number): DirectoryNode {
  const known = layers.get(image);
  if (known) return known;
  const tree = new FileTree({ kind: 'overlay', now: () => builtAt });
  for (const path of ['/dev', '/proc', '/sys', '/etc']) tree.directory(path);
  for (const [path, target] of Object.entries(image.links ?? {})) tree.link(path, target);
  for (const [path, program] of tools) place(tree, path, new FileNode(tree, { mode: 0o755, uid: 0, gid: 0, mtime: builtAt }, binary(image.userland === 'busybox' ? 1_131_168 : 52_880), program));
  for (const [path, content] of Object.entries(image.files)) {
    if (path.endsWith('/')) tree.directory(path);
    else tree.file(path, content, { mode: image.modes?.[path] ?? (content.startsWith('#!') ? 0o755 : 0o644) });
  }
  for (const [path, program] of Object.entries(image.programs)) {
    const full = path.startsWith('/') ? path : `/usr/local/bin/${path}`;
    place(tree, full, new FileNode(tree, { mode: 0o755, uid: 0, gid: 0, mtime: builtAt }, binary(1_842_112), program));
  }
  for (const [path, mode] of Object.entries(image.modes ?? {})) {
    if (path.endsWith('/')) tree.directory(path).mode = mode;
  }
  for (const [path, [uid, gid]] of Object.entries(image.owners ?? {})) own(tree, path, uid, gid);
  layers.set(image, tree.root);
  return tree.root;
}

function own(tree: FileTree, path: string, uid: number, gid: number): void {
  const directory = tree.directory(path.endsWith('/') ? path : path.slice(0, path.lastIndexOf('/')));
  const node = path.endsWith('/') ? directory : directory.get(path.slice(path.lastIndexOf('/') + 1));
  if (node) Object.assign(node, { uid, gid });
}

/** Bytes that nobody reads. */
function binary(size: number): Content {
  const content = new Content();
  for (const chunk of zeros(size)) content.append(chunk);
  return content;
}

function place(tree: FileTree, path: string, node: FileNode): void {
  const slash = path.lastIndexOf('/');
  let directory = path.slice(0, slash);
  // /bin is a link to /usr/bin in Debian.
  const top = directory.split('/')[1];
  if (top && tree.root.get(top)?.type === 'link') directory = `/usr${directory}`;
  tree.directory(directory).set(path.slice(slash + 1), node);
}
