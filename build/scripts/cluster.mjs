#!/usr/bin/env node
// `npm run cluster`: sets up what is missing, then becomes the simulated cluster.
import { pathToFileURL } from 'node:url';
import { bootstrap, ensureHeadlessBundle } from './bootstrap.mjs';
import { headlessBundle } from './paths.mjs';

await bootstrap({ withTools: false });
await ensureHeadlessBundle();
process.env.ORRERY_HEADLESS = '1';
await import(pathToFileURL(headlessBundle).href);
