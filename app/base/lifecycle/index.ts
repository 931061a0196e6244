export * from './disposable.ts';
export * from './emitter.ts';
