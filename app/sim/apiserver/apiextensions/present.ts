import type { CustomResource, ResourceDefinition } from '../../resources/definition.ts';
import type { Answer, EventSource } from '../handlers/answer.ts';
import { StoredObject } from '../registry/stored-object.ts';

/** What stored objects look like in a version: kept as long as the object and the version live. */
const shown = new WeakMap<CustomResource, WeakMap<StoredObject, StoredObject>>();

/** A custom resource as its version shows it, with the bytes made once. */
async function present(value: StoredObject, custom: CustomResource): Promise<StoredObject> {
  let known = shown.get(custom);
  if (!known) shown.set(custom, (known = new WeakMap()));
  const found = known.get(value);
  if (found) return found;
  const object = await custom.fromStored(value.object as never);
  const made = object === (value.object as unknown) ? value : new StoredObject(object, true);
  known.set(value, made);
  return made;
}

/** The answer with all objects in the version that was asked for. */
export async function presentAnswer(answer: Answer): Promise<Answer> {
  const custom = definitionOf(answer)?.custom;
  if (!custom) return answer;
  switch (answer.type) {
    case 'stored':
      return { ...answer, value: await present(answer.value, custom) };
    case 'list':
      return { ...answer, values: await Promise.all(answer.values.map((value) => present(value, custom))) };
    case 'watch':
      return { ...answer, watcher: presentEvents(answer.watcher, custom) };
    default:
      return answer;
  }
}

function definitionOf(answer: Answer): ResourceDefinition | undefined {
  return 'definition' in answer ? answer.definition : undefined;
}

function presentEvents(source: EventSource, custom: CustomResource): EventSource {
  return {
    get pending() {
      return source.pending;
    },
    close: () => source.close(),
    async *[Symbol.asyncIterator]() {
      for await (const event of source) yield event.type === 'BOOKMARK' ? event : { ...event, value: await present(event.value, custom) };
    },
  };
}
