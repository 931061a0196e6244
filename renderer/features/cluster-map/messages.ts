import type { Choreography, Flight } from './choreography.ts';
import { pathBetween, type Layout, type Point } from './layout.ts';

const RADIUS = 5;
const SMALL = 3;
const LABEL = '600 10.5px "Inter Variable", system-ui, sans-serif';

interface Palette {
  readonly now: string;
  readonly paper: string;
}

/** Draws what is under way on a canvas over the diagram. Pure drawing: no state of its own but the canvas. */
export function drawMessages(context: CanvasRenderingContext2D, layout: Layout, plan: Choreography, now: number, palette: Palette, still: boolean): void {
  context.clearRect(0, 0, layout.width, layout.height);
  context.font = LABEL;
  for (const flow of plan.flows.values()) {
    const path = pathBetween(layout, flow.from, flow.to);
    if (!path) continue;
    const strength = Math.min(1, Math.max(0, (flow.until - now) / 900));
    line(context, path, palette.now, 2 + Math.min(4, flow.count / 20), strength * 0.7, still ? 0 : -(now / 30) % 12);
    if (strength > 0.2) label(context, `×${flow.count}`, { x: (path.start.x + path.end.x) / 2, y: (path.start.y + path.end.y) / 2 }, palette, strength);
  }
  const taken: { x: number; y: number; width: number }[] = [];
  for (const flight of plan.flights) {
    if (flight.startAt > now) continue;
    const path = pathBetween(layout, flight.event.from, flight.event.to);
    if (path) drawOne(context, flight, path, now, palette, still, taken);
  }
}

function drawOne(context: CanvasRenderingContext2D, flight: Flight, path: { start: Point; end: Point }, now: number, palette: Palette, still: boolean, taken: { x: number; y: number; width: number }[]): void {
  const t = Math.min(1, (now - flight.startAt) / (flight.endAt - flight.startAt));
  const { event } = flight;
  const isMinor = event.kind === 'response' || event.kind === 'watch' || event.detail?.['read'] === true;
  if (still) {
    line(context, path, palette.now, 2.5, 1 - t, 0);
  } else if (event.from === event.to) {
    context.globalAlpha = 1 - t;
    context.strokeStyle = palette.now;
    context.lineWidth = 2;
    context.beginPath();
    context.arc(path.start.x, path.start.y, 4 + t * 12, 0, Math.PI * 2);
    context.stroke();
    context.globalAlpha = 1;
  }
  const eased = t < 0.5 ? 2 * t * t : 1 - (-2 * t + 2) ** 2 / 2;
  const at = still ? path.end : { x: path.start.x + (path.end.x - path.start.x) * eased, y: path.start.y + (path.end.y - path.start.y) * eased };
  if (!still && event.from !== event.to) {
    context.fillStyle = palette.now;
    context.globalAlpha = isMinor ? 0.65 : 1;
    context.beginPath();
    context.arc(at.x, at.y, isMinor ? SMALL : RADIUS, 0, Math.PI * 2);
    context.fill();
    context.globalAlpha = 1;
  }
  if (isMinor && event.kind !== 'response') return;
  const width = event.label.length * 6;
  // A label is drawn only where it can be read: not over another one.
  if (taken.some((other) => Math.abs(other.y - at.y) < 14 && Math.abs(other.x - at.x) < (other.width + width) / 2 + 12)) return;
  taken.push({ ...at, width });
  label(context, event.label, at, palette, Math.min(1, Math.min(t, 1 - t) * 8));
}

function line(context: CanvasRenderingContext2D, { start, end }: { start: Point; end: Point }, colour: string, width: number, alpha: number, dash: number): void {
  context.globalAlpha = alpha;
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.setLineDash(dash === 0 ? [] : [8, 4]);
  context.lineDashOffset = dash;
  context.beginPath();
  context.moveTo(start.x, start.y);
  context.lineTo(end.x, end.y);
  context.stroke();
  context.setLineDash([]);
  context.globalAlpha = 1;
}

function label(context: CanvasRenderingContext2D, text: string, at: Point, palette: Palette, alpha: number): void {
  const shown = text.length > 46 ? `${text.slice(0, 45)}…` : text;
  const width = context.measureText(shown).width;
  const x = Math.min(at.x + 10, context.canvas.clientWidth - width - 8);
  const y = at.y - 8;
  context.globalAlpha = alpha * 0.92;
  context.fillStyle = palette.paper;
  context.beginPath();
  context.roundRect(x - 4, y - 10, width + 8, 15, 4);
  context.fill();
  context.globalAlpha = alpha;
  context.fillStyle = palette.now;
  context.fillText(shown, x, y + 1);
  context.globalAlpha = 1;
}
