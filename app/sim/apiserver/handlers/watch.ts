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
/** Bookmarks that are due go out together, once a second. */
const BOOKMARK_TICK_MS = 1_000;
/** The last one is due this long before a watch ends, so that its client can go on from there. */
const BEFORE_TIMEOUT_MS = 2_000;
/** Watches without timeoutSeconds end after 30 to 60 minutes in life; here always after the shorter time. */
const DEFAULT_TIMEOUT_SECONDS = 1_800;

/** models apiserver/pkg/endpoints/handlers: watch and apiserver/pkg/storage/cacher: bookmarks */
export function watchObjects(definition: ResourceDefinition, context: RequestContext, cache: WatchCache, clock: Clock): WatchAnswer {
  const { query, info } = context;
  const filter = filterOf(definition, info.namespace, info.name, query);
  const from = query['resourceVersion'];
  if (from && !/^\d+$/.test(from)) throw newUnknownError(`Invalid value: ${JSON.stringify(from)}: strconv.ParseUint: parsing ${JSON.stringify(from)}: invalid syntax`);
  const resource = cache.of(definition.storage);
  const timeout = (query['timeoutSeconds'] ? Number(query['timeoutSeconds']) : DEFAULT_TIMEOUT_SECONDS) * 1000;
  const sendInitial = isTrue(query['sendInitialEvents']);
  const fromNow = !from || from === '0' || sendInitial;
  const watcher = resource.watch(filter, fromNow ? undefined : Number(from), cache.revision);
  const bookmarks = isTrue(query['allowWatchBookmarks']);
  if (sendInitial) push(watcher, definition, cache.revision, true);
  const timers = new DisposableStore();
  if (bookmarks) {
    const since = fromNow ? cache.revision : Number(from);
    // Who waits for the end of the initial events is due at once, and so hears at the next tick how far the cache has come.
    const first = sendInitial ? 0 : nextBookmark(clock.now(), clock.now() + timeout);
    scheduleBookmarks(timers, clock, first, clock.now() + timeout, () => {
      if (!watcher.closed && cache.revision > since) push(watcher, definition, cache.revision, false);
      return watcher.closed;
    });
  }
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

/**
 * In how many milliseconds a bookmark is due: each minute, and shortly before the end.
 * models apiserver/pkg/storage/cacher: nextBookmarkTime
 */
function nextBookmark(now: number, deadline: number): number | undefined {
  const last = deadline - BEFORE_TIMEOUT_MS - now;
  if (last >= BOOKMARK_PERIOD_MS) return BOOKMARK_PERIOD_MS;
  return last > 0 ? last : undefined;
}

function scheduleBookmarks(timers: DisposableStore, clock: Clock, due: number | undefined, deadline: number, send: () => boolean): void {
  if (due === undefined) return;
  timers.add(clock.schedule(due + BOOKMARK_TICK_MS, () => {
    if (!send()) scheduleBookmarks(timers, clock, nextBookmark(clock.now(), deadline), deadline, send);
  }));
}

/** An object of the kind with nothing but a resource version: tells the client how far it has seen. */
function push(watcher: Watcher, definition: ResourceDefinition, revision: number, initialEventsEnd: boolean): void {
  const metadata = { resourceVersion: String(revision), ...(initialEventsEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}) };
  const apiVersion = definition.group ? `${definition.group}/${definition.version}` : definition.version;
  const value = new StoredObject({ kind: definition.kind, apiVersion, metadata });
  watcher.push({ type: 'BOOKMARK', revision, value, cause: [], initialEventsEnd });
}
