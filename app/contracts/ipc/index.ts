export * from './channels.ts';
export * from './clusters.ts';
export * from './errors.ts';
export * from './map.ts';
