import type { ClusterSnapshot, NodeView, PodView } from '../../../app/contracts/ipc/index.ts';

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export type PodSize = 'card' | 'line' | 'cell';

export interface PodBox extends Box {
  readonly pod: PodView;
  readonly id: string;
  readonly size: PodSize;
}

export interface NodeBox extends Box {
  readonly node: NodeView;
  readonly kubelet: Box;
  readonly proxy: Box;
  readonly runtime: Box;
  readonly pods: readonly PodBox[];
  /** Small multiples: names only. */
  readonly small: boolean;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A straight line between two parts, from the first to the second. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly start: Point;
  readonly end: Point;
  /** Where the line comes from a gutter: the part's own side, joined to `start` by a short line. */
  readonly stub?: Point;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly controlPlane: Box;
  readonly parts: Readonly<Record<string, Box>>;
  readonly nodes: readonly NodeBox[];
  readonly waiting: readonly PodBox[];
  readonly waitingArea: Box;
  readonly edges: readonly Edge[];
}

const MARGIN = 16;
const GAP = 12;
const YOU = { wide: { width: 108, gap: 72 }, narrow: { width: 92, gap: 30 } } as const;
/** Below this the learner's column gives way. */
const NARROW = 780;
/** A node's column is at least so wide; more nodes than fit make rows of small multiples. */
const NODE_WIDTH = 132;
const ABOVE = ['etcd', 'kube-scheduler', 'kube-controller-manager', 'cloud-controller-manager'] as const;
const SHARES = [1, 1, 1.25, 1.05];
const POD_SIZES: readonly { size: PodSize; width: number; height: number; gap: number }[] = [
  { size: 'card', width: 106, height: 48, gap: 8 },
  { size: 'line', width: 108, height: 22, gap: 4 },
  { size: 'cell', width: 14, height: 14, gap: 3 },
];

const bottom = (box: Box): number => box.y + box.height;
const centre = (box: Box): number => box.x + box.width / 2;

/**
 * Where everything stands, in pixels of the pane.
 *
 * ```
 *            ┌ control plane ──────────────────────────────┐
 *            │  etcd   scheduler   controllers   cloud     │
 *   You ─────│  kube-apiserver ═══════════════════════════ │
 *            └─────│───────│──────────│───────│────────────┘
 *            ┌ node ───────┐  ┌ node ───────┐
 *            │ kubelet  proxy │ …
 *            │ runtime     │
 *            │ pods        │
 * ```
 *
 * Invariants
 * 1. A part's place depends on the pane and the list of nodes only; a Pod's on the Pods that came before it. Nothing jumps
 *    because something else changed its state.
 * 2. Edges are straight, each joins a part with the door (or a kubelet with its runtime), and none crosses another.
 */
export function layOut(snapshot: Pick<ClusterSnapshot, 'nodes' | 'pods'>, width: number, height: number): Layout {
  const you = width < NARROW ? YOU.narrow : YOU.wide;
  const left = MARGIN + you.width + you.gap;
  const roomy = height >= 560;
  const partHeight = Math.max(60, Math.min(112, Math.round(height * 0.15)));
  const doorHeight = roomy ? 60 : 46;
  const controlPlane: Box = { x: left - GAP, y: 8, width: width - left - MARGIN + GAP, height: 28 + partHeight + 24 + doorHeight + GAP };
  const inner = { x: left + 4, width: controlPlane.width - 2 * GAP - 8 };
  const parts: Record<string, Box> = {};
  const unit = (inner.width - 3 * GAP) / SHARES.reduce((sum, share) => sum + share, 0);
  let x = inner.x;
  ABOVE.forEach((id, index) => {
    parts[id] = { x, y: controlPlane.y + 28, width: unit * SHARES[index]!, height: partHeight };
    x += unit * SHARES[index]! + GAP;
  });
  const door = (parts['kube-apiserver'] = { x: inner.x, y: controlPlane.y + 28 + partHeight + 24, width: inner.width, height: doorHeight });
  parts['you'] = { x: MARGIN, y: door.y + door.height / 2 - 30, width: you.width, height: 60 };
  const nodesTop = bottom(controlPlane) + (roomy ? 40 : 30);
  const nodes = placeNodes(snapshot, { x: controlPlane.x, y: nodesTop, width: controlPlane.width, height: height - nodesTop - MARGIN });
  for (const { node, kubelet, proxy, runtime } of nodes) {
    parts[`kubelet/${node.name}`] = kubelet;
    parts[`kube-proxy/${node.name}`] = proxy;
    parts[`container-runtime/${node.name}`] = runtime;
  }
  const waitingArea: Box = { x: MARGIN, y: nodesTop, width: you.width + you.gap - GAP - 8, height: height - nodesTop - MARGIN };
  const waiting = placePods(snapshot.pods.filter(({ node }) => node === undefined), { ...waitingArea, y: waitingArea.y + 24, height: waitingArea.height - 24 });
  for (const { id, x, y, width, height } of [...nodes.flatMap(({ pods }) => pods), ...waiting]) parts[id] = { x, y, width, height };
  return { width, height, controlPlane, parts, nodes, waiting, waitingArea, edges: edgesOf(parts, nodes) };
}

function placeNodes({ nodes, pods }: Pick<ClusterSnapshot, 'nodes' | 'pods'>, area: Box): NodeBox[] {
  if (nodes.length === 0) return [];
  const columns = Math.min(nodes.length, Math.max(1, Math.floor((area.width + GAP) / (NODE_WIDTH + GAP))));
  const rows = Math.ceil(nodes.length / columns);
  const small = rows > 1;
  // The outermost gutters stand under the door, so that their lines are upright.
  const inset = small ? 26 : 0;
  const width = (area.width - 2 * inset - (columns - 1) * GAP) / columns;
  const height = Math.max(small ? 92 : 150, (area.height - (rows - 1) * GAP) / rows);
  return nodes.map((node, index) => {
    const box: Box = { x: area.x + inset + (index % columns) * (width + GAP), y: area.y + Math.floor(index / columns) * (height + GAP), width, height };
    return placeNode(node, box, small, pods.filter((pod) => pod.node === node.name));
  });
}

function placeNode(node: NodeView, box: Box, small: boolean, pods: readonly PodView[]): NodeBox {
  const pad = small ? 8 : box.width < 190 ? 6 : 12;
  const between = box.width < 190 ? 6 : 8;
  const half = (box.width - 2 * pad - between) / 2;
  const top = box.y + (small ? 22 : 30);
  const agentHeight = small ? 16 : 34;
  const kubelet: Box = { x: box.x + pad, y: top, width: half, height: agentHeight };
  const proxy: Box = { ...kubelet, x: kubelet.x + half + between };
  const runtime: Box = { x: box.x + pad, y: top + agentHeight + (small ? 6 : 12), width: box.width - 2 * pad, height: small ? 14 : 26 };
  const podsTop = bottom(runtime) + (small ? 6 : 12);
  const area: Box = { x: runtime.x, y: podsTop, width: runtime.width, height: bottom(box) - podsTop - pad };
  return { ...box, node, kubelet, proxy, runtime, small, pods: placePods(pods, area, small ? 'cell' : undefined) };
}

/** In the order in which they came, at the largest size at which all fit. */
function placePods(pods: readonly PodView[], area: Box, only?: PodSize): PodBox[] {
  const grids = POD_SIZES.filter(({ size }) => only === undefined || size === only).map((size) => {
    const columns = Math.max(1, Math.floor((area.width + size.gap) / (size.width + size.gap)));
    return { ...size, columns, fits: Math.ceil(pods.length / columns) * (size.height + size.gap) - size.gap <= area.height };
  });
  const grid = grids.find(({ fits }) => fits) ?? grids.at(-1)!;
  const width = grid.size === 'cell' ? grid.width : (area.width - (grid.columns - 1) * grid.gap) / grid.columns;
  return pods.map((pod, index) => ({
    pod, id: `pod/${pod.namespace}/${pod.name}`, size: grid.size, width, height: grid.height,
    x: area.x + (index % grid.columns) * (width + grid.gap),
    y: area.y + Math.floor(index / grid.columns) * (grid.height + grid.gap),
  }));
}

function edgesOf(parts: Readonly<Record<string, Box>>, nodes: readonly NodeBox[]): Edge[] {
  const door = parts['kube-apiserver']!;
  const you = parts['you']!;
  const middle = door.y + door.height / 2;
  const edges: Edge[] = [{ from: 'you', to: 'kube-apiserver', start: { x: you.x + you.width, y: middle }, end: { x: door.x, y: middle } }];
  for (const id of ABOVE) edges.push({ from: id, to: 'kube-apiserver', start: { x: centre(parts[id]!), y: bottom(parts[id]!) }, end: { x: centre(parts[id]!), y: door.y } });
  for (const box of nodes) {
    const { node, kubelet, proxy, runtime } = box;
    edges.push(toTheDoor(`kubelet/${node.name}`, kubelet, box, door, 'left'), toTheDoor(`kube-proxy/${node.name}`, proxy, box, door, 'right'));
    edges.push({ from: `kubelet/${node.name}`, to: `container-runtime/${node.name}`, start: { x: centre(kubelet), y: bottom(kubelet) }, end: { x: centre(kubelet), y: runtime.y } });
  }
  return edges;
}

/** Straight up; from small multiples through the gutter beside them, so that no line crosses a node. */
function toTheDoor(id: string, part: Box, node: NodeBox, door: Box, side: 'left' | 'right'): Edge {
  const onDoor = (x: number): number => Math.min(Math.max(x, door.x + 4), door.x + door.width - 4);
  if (!node.small) return { from: id, to: 'kube-apiserver', start: { x: centre(part), y: part.y }, end: { x: onDoor(centre(part)), y: bottom(door) } };
  const x = side === 'left' ? node.x - GAP / 2 + 2 : node.x + node.width + GAP / 2 - 2;
  const y = part.y + part.height / 2;
  return { from: id, to: 'kube-apiserver', start: { x, y }, end: { x: onDoor(x), y: bottom(door) }, stub: { x: side === 'left' ? part.x : part.x + part.width, y } };
}

/** The way that a message takes; undefined when one end is not drawn. Runtime → Pod and packets have no drawn edge. */
export function pathBetween(layout: Layout, from: string, to: string): { start: Point; end: Point } | undefined {
  for (const edge of layout.edges) {
    if (edge.from === from && edge.to === to) return { start: edge.start, end: edge.end };
    if (edge.from === to && edge.to === from) return { start: edge.end, end: edge.start };
  }
  const a = layout.parts[from];
  const b = layout.parts[to];
  if (!a || !b) return undefined;
  if (from === to) return { start: { x: centre(a), y: a.y }, end: { x: centre(a), y: a.y } };
  const above = a.y < b.y;
  return { start: { x: clampTo(centre(b), a), y: above ? bottom(a) : a.y }, end: { x: centre(b), y: above ? b.y : bottom(b) } };
}

function clampTo(x: number, box: Box): number {
  return Math.min(Math.max(x, box.x + 8), box.x + box.width - 8);
}
