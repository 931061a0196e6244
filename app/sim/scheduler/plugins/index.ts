import type { FilterPlugin, ScorePlugin } from '../framework/types.ts';
import { imageLocality } from './image-locality.ts';
import { interPodAffinity } from './inter-pod-affinity.ts';
import { nodeAffinity } from './node-affinity.ts';
import { nodeName } from './node-name.ts';
import { nodePorts } from './node-ports.ts';
import { nodeResourcesBalancedAllocation } from './node-resources-balanced-allocation.ts';
import { nodeResourcesFit } from './node-resources-fit.ts';
import { nodeUnschedulable } from './node-unschedulable.ts';
import { podTopologySpread } from './pod-topology-spread.ts';
import { taintToleration } from './taint-toleration.ts';

/** In the order in which a node is asked; the first that refuses ends the questions. models scheduler/apis/config: default plugins */
export const filterPlugins: readonly FilterPlugin[] = [nodeUnschedulable, nodeName, taintToleration, nodeAffinity, nodePorts, nodeResourcesFit, podTopologySpread, interPodAffinity];

export const scorePlugins: readonly ScorePlugin[] = [taintToleration, nodeAffinity, nodeResourcesFit, podTopologySpread, nodeResourcesBalancedAllocation, imageLocality];
