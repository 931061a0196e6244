import './shell/style-nonce.ts';
import './styles/tokens.css';
import './styles/base.css';
import { mount } from 'svelte';
import { bridge } from './bridge/bridge.ts';
import App from './shell/App.svelte';
import { AppState } from './state/app.svelte.ts';

// A fresh window may find the page half alive after a reload: everything is read again.
const app = new AppState(bridge);
void app.start();
mount(App, { target: document.body, props: { app } });
