import { protocol } from 'electron';
import { answerPage, SCHEME } from './pages.ts';

/** Before the app is ready. */
export function registerScheme(): void {
  protocol.registerSchemesAsPrivileged([{ scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } }]);
}

/** Serves the built window, and nothing beside it. */
export function servePages(folder: string): void {
  protocol.handle(SCHEME, (request) => answerPage(folder, request));
}
