import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [svelte()],
  build: { outDir: '../out/renderer', emptyOutDir: true, target: 'chrome130', modulePreload: { polyfill: false }, assetsInlineLimit: 0, chunkSizeWarningLimit: 2_000 },
});
