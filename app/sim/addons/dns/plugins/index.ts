import type { PluginFactory } from '../plugin.ts';
import { forward } from './forward.ts';
import { kubernetes } from './kubernetes.ts';
import { cache, hosts, loadbalance, log, rewrite, template } from './simple.ts';

/** What only listens, on a port of its own or not at all: its work is done by the server. */
const nothing: PluginFactory = () => ({});

/** All plug-ins in the order in which a query passes them, whatever the order in the file. models coredns/plugin.cfg */
export const plugins: readonly (readonly [name: string, factory: PluginFactory])[] = [
  ['reload', nothing],
  ['health', nothing],
  ['ready', nothing],
  ['prometheus', nothing],
  ['errors', nothing],
  ['log', log],
  ['loadbalance', loadbalance],
  ['cache', cache],
  ['rewrite', rewrite],
  ['template', template],
  ['hosts', hosts],
  ['kubernetes', kubernetes],
  ['loop', nothing],
  ['forward', forward],
  ['bind', nothing],
  ['bufsize', nothing],
];
