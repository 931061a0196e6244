import type { ByteSource } from '../../machinery/streams.ts';
import type { ResourceDefinition } from '../../resources/definition.ts';
import type { Json } from '../registry/registry.ts';
import type { StoredObject } from '../registry/stored-object.ts';
import type { Upgrade } from '../streaming/websocket/channels.ts';
import type { CacheEvent } from '../watch-cache/watcher.ts';

/** What a handler found, before it is written in the form that the caller wants. */
export type Answer =
  | { readonly type: 'stored'; readonly code: number; readonly value: StoredObject; readonly definition: ResourceDefinition }
  | { readonly type: 'object'; readonly code: number; readonly object: Json }
  | ListAnswer
  | WatchAnswer
  | StreamAnswer
  | ConnectAnswer
  | { readonly type: 'text'; readonly code: number; readonly text: string | Buffer; readonly contentType: string; readonly headers?: Readonly<Record<string, string>> };

export interface ListAnswer {
  readonly type: 'list';
  readonly definition: ResourceDefinition;
  readonly values: readonly StoredObject[];
  readonly resourceVersion: string;
  readonly continueToken?: string;
  readonly remaining?: number;
}

/** Bytes as they come, until the source ends or the reader leaves. */
export interface StreamAnswer {
  readonly type: 'stream';
  readonly code: number;
  readonly contentType: string;
  readonly source: ByteSource;
  readonly headers?: Readonly<Record<string, string>>;
  abort(): void;
}

/** All is well so far: the connection itself is to be taken over. */
export interface ConnectAnswer {
  readonly type: 'connect';
  readonly code: 101;
  /** Settles when the exchange is over. Rejects only before it has answered. */
  connect(upgrade: Upgrade): Promise<void>;
}

/** Changes as they come. */
export interface EventSource extends AsyncIterable<CacheEvent> {
  /** Events that wait to be read. */
  readonly pending: number;
  close(): void;
}

export interface WatchAnswer {
  readonly type: 'watch';
  readonly definition: ResourceDefinition;
  readonly watcher: EventSource;
  /** Lets go of the watch; called once by whoever reads it. */
  close(): void;
}

/** The object as this version of the API shows it (Events are stored in another form). */
export function shownObject(value: StoredObject, definition: ResourceDefinition): Json {
  return definition.storageVersion ? definition.storageVersion.fromStored(value.object as never) : (value.object as Json);
}

export function listMetadata({ resourceVersion, continueToken, remaining }: ListAnswer): Json {
  return { ...(resourceVersion ? { resourceVersion } : {}), ...(continueToken ? { continue: continueToken } : {}), ...(remaining === undefined ? {} : { remainingItemCount: remaining }) };
}
