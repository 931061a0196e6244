export * from './chapter.ts';
export * from './view.ts';
