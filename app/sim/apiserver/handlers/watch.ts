import { DisposableStore } from '../../../base/lifecycle/index.ts';
import type { Clock } from '../../../base/clock/index.ts';
import { newUnknownError } from '../../machinery/errors.ts';
import type { ResourceDefinition } from '../../resources/definition.ts';
import { isTrue } from '../filters/request-info.ts';
import type { RequestContext } from '../interfaces.ts';
import { StoredObject } from '../registry/stored-object.ts';
import type { WatchCache } from '../watch-cache/watch-cache.ts';
import type { Watcher } from '../watch-cache/watcher.ts';
import type { WatchAnswer } from './answer.ts';
import { filterOf } from './selection.ts';

const BOOKMARK_PERIOD_MS = 60_000;
/** Watches without timeoutSeconds end after 30 to 60 minutes in life; here always after the shorter time. */
const DEFAULT_TIMEOUT_SECONDS = 1_800;

/** models apiserver/pkg/endpoints/handlers: watch and apiserver/pkg/storage/cacher: bookmarks */
export function watchObjects(definition: ResourceDefinition, context: RequestContext, cache: WatchCache, clock: Clock): WatchAnswer {
  const { query, info } = context;
  const filter = filterOf(definition, info.namespace, info.name, query);
  const from = query['resourceVersion'];
  if (from && !/^\d+$/.test(from)) throw newUnknownError(`Invalid value: ${JSON.stringify(from)}: strconv.ParseUint: parsing ${JSON.stringify(from)}: invalid syntax`);
  const resource = cache.of(definition.storage);
  const sendInitial = isTrue(query['sendInitialEvents']);
  const fromNow = !from || from === '0' || sendInitial;
  const watcher = resource.watch(filter, fromNow ? undefined : Number(from), cache.revision);
  const bookmarks = isTrue(query['allowWatchBookmarks']);
  if (sendInitial) push(watcher, definition, cache.revision, true);
  const timers = new DisposableStore();
  const timeout = (query['timeoutSeconds'] ? Number(query['timeoutSeconds']) : DEFAULT_TIMEOUT_SECONDS) * 1000;
  const tick = (): void => {
    if (watcher.closed) return;
    push(watcher, definition, cache.revision, false);
    timers.add(clock.schedule(BOOKMARK_PERIOD_MS, tick));
  };
  if (bookmarks) timers.add(clock.schedule(Math.min(BOOKMARK_PERIOD_MS, Math.max(0, timeout - 1_000)), tick));
  timers.add(clock.schedule(timeout, () => watcher.close()));
  return {
    type: 'watch',
    definition,
    watcher,
    close() {
      timers.dispose();
      resource.unwatch(watcher);
    },
  };
}

/** An object of the kind with nothing but a resource version: tells the client how far it has seen. */
function push(watcher: Watcher, definition: ResourceDefinition, revision: number, initialEventsEnd: boolean): void {
  const metadata = { resourceVersion: String(revision), ...(initialEventsEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}) };
  const apiVersion = definition.group ? `${definition.group}/${definition.version}` : definition.version;
  const value = new StoredObject({ kind: definition.kind, apiVersion, metadata });
  watcher.push({ type: 'BOOKMARK', revision, value, cause: [], initialEventsEnd });
}
