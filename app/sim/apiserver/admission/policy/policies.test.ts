import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StatusError } from '../../../machinery/status.ts';
import { createTestApiServer, type TestApiServer } from '../../testing.ts';

type Json = Record<string, any>;

const GROUP = '/apis/admissionregistration.k8s.io/v1';
const CONFIGMAPS = '/api/v1/namespaces/default/configmaps';
const rules = (...operations: string[]): Json => ({ resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations, resources: ['configmaps'] }] });

describe('admission policies', () => {
  let api: TestApiServer;
  const send = async (method: string, path: string, body?: unknown, contentType?: string): Promise<Json> =>
    (await api.admin.send<Json>({ method: method as never, path, body, cause: [], ...(contentType ? { contentType } : {}) })).body;
  const refusal = async (promise: Promise<unknown>): Promise<{ message: string; reason: string; code: number }> =>
    promise.then(() => ({ message: 'accepted', reason: '', code: 200 }), ({ message, reason, code }: StatusError) => ({ message, reason, code }));
  const policy = (spec: Json, kind = 'validatingadmissionpolicies'): Promise<Json> => send('POST', `${GROUP}/${kind}`, { metadata: { name: 'p' }, spec });
  const bind = (spec: Json = { validationActions: ['Deny'] }, kind = 'validatingadmissionpolicybindings'): Promise<Json> => send('POST', `${GROUP}/${kind}`, { metadata: { name: 'b' }, spec: { policyName: 'p', ...spec } });
  const make = (name: string, rest: Json = {}): Promise<Json> => send('POST', CONFIGMAPS, { metadata: { name, ...rest['metadata'] }, ...(rest['data'] ? { data: rest['data'] } : {}) });

  beforeEach(async () => {
    api = await createTestApiServer();
  });
  afterEach(() => api.dispose());

  it('refuse with the message, the reason and the code of the rule', async () => {
    await policy({
      matchConstraints: rules('CREATE', 'UPDATE', 'DELETE'),
      variables: [{ name: 'size', expression: "object == null || !has(object.data) ? 0 : object.data.size()" }],
      validations: [
        { expression: 'variables.size < 2', messageExpression: "'too many: ' + string(variables.size)", reason: 'RequestEntityTooLarge' },
        { expression: "request.operation != 'DELETE' || oldObject.metadata.name != 'keep'" },
      ],
    });
    expect((await refusal(make('free', { data: { a: '1', b: '2' } }))).message).toBe('accepted');
    await bind();
    expect(await refusal(make('big', { data: { a: '1', b: '2', c: '3' } }))).toEqual({ message: `configmaps "big" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: too many: 3`, reason: 'RequestEntityTooLarge', code: 413 });
    await make('keep');
    expect(await refusal(send('DELETE', `${CONFIGMAPS}/keep`))).toMatchObject({ message: `configmaps "keep" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: failed expression: request.operation != 'DELETE' || oldObject.metadata.name != 'keep'`, reason: 'Invalid', code: 422 });
  });

  it('take parameters, and say when there are none', async () => {
    await policy({ paramKind: { apiVersion: 'v1', kind: 'ConfigMap' }, matchConstraints: rules('CREATE'), validations: [{ expression: "object.metadata.name.startsWith(params.data.prefix)", message: 'wrong prefix' }] });
    await make('params', { data: { prefix: 'ok-' } });
    await bind({ paramRef: { name: 'params', parameterNotFoundAction: 'Deny' }, validationActions: ['Deny'] });
    expect((await refusal(make('no-1'))).message).toContain('wrong prefix');
    expect((await refusal(make('ok-1'))).message).toBe('accepted');
    await send('DELETE', `${CONFIGMAPS}/params`);
    expect((await refusal(make('ok-2'))).message).toContain('failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction');
  });

  it('fail or not as they are told when an expression fails', async () => {
    await policy({ matchConstraints: rules('CREATE'), validations: [{ expression: "object.data.x == '1'" }] });
    await bind();
    expect((await refusal(make('a'))).message).toContain("denied request: expression 'object.data.x == '1'' resulted in error: no such key: data");
    await send('PATCH', `${GROUP}/validatingadmissionpolicies/p`, { spec: { failurePolicy: 'Ignore' } }, 'application/merge-patch+json');
    expect((await refusal(make('a'))).message).toBe('accepted');
  });

  it('know what the requester may do', async () => {
    await policy({ matchConstraints: rules('CREATE'), validations: [{ expression: "authorizer.group('').resource('secrets').namespace('default').check('create').allowed() && authorizer.requestResource.check('create').allowed()" }] });
    await bind();
    expect((await refusal(make('a'))).message).toBe('accepted');
  });

  it('are refused when they do not compile', async () => {
    expect((await refusal(policy({ matchConstraints: rules('CREATE'), validations: [{ expression: 'object.metadata.name.size()' }, { expression: 'variables.nope' }] }))).message).toBe(
      'ValidatingAdmissionPolicy.admissionregistration.k8s.io "p" is invalid: [spec.validations[0].expression: Invalid value: "object.metadata.name.size()": must evaluate to bool, spec.validations[1].expression: Invalid value: "variables.nope": compilation failed: ERROR: <input>:1:10: undefined field \'nope\'\n | variables.nope\n | .........^]',
    );
  });

  it('change objects, by merging or by patches', async () => {
    await policy({
      matchConstraints: rules('CREATE'),
      mutations: [
        { patchType: 'ApplyConfiguration', applyConfiguration: { expression: "Object{metadata: Object.metadata{labels: {'made-by': request.userInfo.username}}}" } },
        { patchType: 'JSONPatch', jsonPatch: { expression: "[JSONPatch{op: 'add', path: '/data', value: {'a': 'b'}}]" } },
      ],
    }, 'mutatingadmissionpolicies');
    await bind({}, 'mutatingadmissionpolicybindings');
    expect(await make('m', { metadata: { labels: { own: 'x' } } })).toMatchObject({ metadata: { labels: { own: 'x', 'made-by': 'kubernetes-admin' } }, data: { a: 'b' } });
  });
});
