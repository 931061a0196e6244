type Json = Record<string, unknown>;

/** [events.k8s.io field, core field]. models pkg/apis/events/v1: conversion */
const RENAMED = [
  ['note', 'message'],
  ['regarding', 'involvedObject'],
  ['reportingController', 'reportingComponent'],
  ['deprecatedSource', 'source'],
  ['deprecatedFirstTimestamp', 'firstTimestamp'],
  ['deprecatedLastTimestamp', 'lastTimestamp'],
  ['deprecatedCount', 'count'],
] as const;

const CORE_ORDER = ['kind', 'apiVersion', 'metadata', 'involvedObject', 'reason', 'message', 'source', 'firstTimestamp', 'lastTimestamp', 'count', 'type', 'eventTime', 'series', 'action', 'related', 'reportingComponent', 'reportingInstance'];
const EVENTS_ORDER = ['kind', 'apiVersion', 'metadata', 'eventTime', 'series', 'reportingController', 'reportingInstance', 'action', 'reason', 'regarding', 'related', 'note', 'type', 'deprecatedSource', 'deprecatedFirstTimestamp', 'deprecatedLastTimestamp', 'deprecatedCount'];

/** The name under which this API selects by a field of the core form. models AddFieldLabelConversionsForEvent */
export function selectableName(coreField: string): string {
  return coreField.replace(/^involvedObject\./, 'regarding.').replace(/^reportingComponent$/, 'reportingController');
}

export function toCore(event: Readonly<Json>): Json {
  const core = renamed(event, (pair) => pair);
  return ordered({ source: {}, firstTimestamp: null, lastTimestamp: null, ...core, apiVersion: 'v1' }, CORE_ORDER);
}

export function fromCore(core: Readonly<Json>): Json {
  const event = renamed(core, ([name, coreName]) => [coreName, name]);
  return ordered({ ...event, apiVersion: 'events.k8s.io/v1' }, EVENTS_ORDER);
}

function renamed(object: Readonly<Json>, direction: (pair: readonly [string, string]) => readonly [string, string]): Json {
  const names = new Map(RENAMED.map((pair) => direction(pair)));
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [names.get(key) ?? key, value]));
}

function ordered(object: Json, order: readonly string[]): Json {
  return Object.fromEntries(order.filter((key) => object[key] !== undefined).map((key) => [key, object[key]]));
}
