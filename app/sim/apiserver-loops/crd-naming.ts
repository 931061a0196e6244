import type { Cause } from '../../contracts/trace/index.ts';
import { ControlLoop } from '../client/control-loop.ts';
import { deepEqual } from '../machinery/objects.ts';
import { isConflict, isNotFound } from '../machinery/status.ts';
import { conditionOf, isConditionTrue, type Condition, type Names } from '../resources/apiextensions/customresourcedefinition/types.ts';
import type { ApiServerLoop, LoopContext } from './context.ts';
import { startInformer } from './context.ts';
import { crds, withCondition, type Crd } from './crds.ts';

/**
 * Gives definitions the names they ask for, unless another in the group has them, and lets them serve.
 *
 * models apiextensions-apiserver/pkg/controller/status: NamingConditionController and controller/establish
 */
export const crdNaming: ApiServerLoop = {
  name: 'crd-naming',
  start(context) {
    const worker = new NamingWorker(context);
    const loop = new ControlLoop('crd-naming', context.clock, worker);
    const informer = startInformer(context, crds);
    worker.requeueGroup = (group, except, cause) => {
      for (const other of informer.list()) if (other.spec.group === group && other.metadata.name !== except) loop.queue.add(other.metadata.name, cause);
    };
    const enqueue = (crd: Crd, cause: Cause): void => loop.queue.add(crd.metadata.name, cause);
    informer.handle({
      onAdd: enqueue,
      onUpdate: (crd, _, cause) => enqueue(crd, cause),
      onDelete: (crd, cause) => worker.requeueGroup(crd.spec.group, crd.metadata.name, cause),
    });
    return loop;
  },
};

class NamingWorker {
  readonly #context: LoopContext;
  requeueGroup: (group: string, except: string, cause: Cause) => void = () => {};

  constructor(context: LoopContext) {
    this.#context = context;
  }

  async reconcile(name: string, cause: Cause): Promise<void> {
    const { items } = await this.#context.client.list(crds, undefined, {}, cause);
    const crd = items.find((candidate) => candidate.metadata.name === name);
    if (!crd) return;
    const named = await this.#acceptNames(crd, items, cause);
    if (named && isConditionTrue(named, 'NamesAccepted') && !isConditionTrue(named, 'Established')) {
      await this.#write(withCondition(named, { type: 'Established', status: 'True', reason: 'InitialNamesAccepted', message: 'the initial names have been accepted' }, this.#context.clock), cause);
    }
  }

  /** The definition as it is afterwards; undefined when it changed under our hands: it will be seen again. */
  async #acceptNames(crd: Crd, all: readonly Crd[], cause: Cause): Promise<Crd | undefined> {
    if (deepEqual(crd.spec.names, crd.status?.acceptedNames)) return crd;
    const { acceptedNames, accepted, established } = judge(crd, all);
    const before = conditionOf(crd, 'NamesAccepted');
    const isSame = before?.status === accepted.status && before.reason === accepted.reason && before.message === accepted.message;
    if (isSame && deepEqual(acceptedNames, crd.status?.acceptedNames)) return crd;
    let next: Crd = { ...crd, status: { ...crd.status!, acceptedNames } };
    for (const condition of [accepted, established]) next = withCondition(next, condition, this.#context.clock);
    const written = await this.#write(next, cause);
    if (written) this.requeueGroup(crd.spec.group, crd.metadata.name, cause);
    return written;
  }

  async #write(crd: Crd, cause: Cause): Promise<Crd | undefined> {
    try {
      return await this.#context.client.update(crds, crd, cause, 'status');
    } catch (error) {
      if (isNotFound(error) || isConflict(error)) return undefined;
      throw error;
    }
  }
}

interface Judgement {
  readonly acceptedNames: Names;
  readonly accepted: Omit<Condition, 'lastTransitionTime'>;
  readonly established: Omit<Condition, 'lastTransitionTime'>;
}

/** models NamingConditionController.calculateNamesAndConditions: the last conflict is the one that is told. */
function judge(crd: Crd, all: readonly Crd[]): Judgement {
  const group = all.filter((other) => other.spec.group === crd.spec.group).map((other) => other.status?.acceptedNames);
  const resources = new Set(group.flatMap((names) => [names?.plural, names?.singular, ...(names?.shortNames ?? [])]));
  const kinds = new Set(group.flatMap((names) => [names?.kind, names?.listKind]));
  const wanted = crd.spec.names;
  const held = crd.status?.acceptedNames ?? { plural: '', kind: '' };
  const names: Record<string, unknown> = { ...held };
  let conflict: { reason: string; message: string } | undefined;
  const claim = (field: 'plural' | 'singular' | 'kind' | 'listKind', used: ReadonlySet<string | undefined>, reason: string): void => {
    const name = wanted[field];
    if (name !== held[field] && used.has(name)) conflict = { reason, message: `${JSON.stringify(name)} is already in use` };
    else names[field] = name;
  };
  claim('plural', resources, 'PluralConflict');
  claim('singular', resources, 'SingularConflict');
  const own = new Set([...(held.shortNames ?? []), held.plural, held.singular]);
  const taken = (wanted.shortNames ?? []).filter((name) => !own.has(name) && resources.has(name)).map((name) => `${JSON.stringify(name)} is already in use`);
  if (taken.length > 0) conflict = { reason: 'ShortNamesConflict', message: taken.length === 1 ? taken[0]! : `[${taken.join(', ')}]` };
  else if (wanted.shortNames) names['shortNames'] = wanted.shortNames;
  else delete names['shortNames'];
  claim('kind', kinds, 'KindConflict');
  claim('listKind', kinds, 'ListKindConflict');
  if (wanted.categories) names['categories'] = wanted.categories;
  else delete names['categories'];
  const accepted = conflict ? { type: 'NamesAccepted', status: 'False', ...conflict } : { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' };
  return { acceptedNames: names as unknown as Names, accepted, established: establishedOf(crd, conflict === undefined) };
}

/** Not served before the names are accepted; once served, always served. */
function establishedOf(crd: Crd, isAccepted: boolean): Judgement['established'] {
  const before = conditionOf(crd, 'Established');
  if (before?.status === 'True') return before;
  if (isAccepted) return { type: 'Established', status: 'False', reason: 'Installing', message: 'the initial names have been accepted' };
  return before ?? { type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' };
}
