import { describe, expect, it } from 'vitest';
import { newConflict, newForbidden, newInvalid, newNotFound } from './errors.ts';
import { Verbatim } from './field-error.ts';
import { parseFieldSelector } from './fields.ts';
import { parseSelector, selectorFromLabelSelector } from './labels.ts';
import { clone, deepEqual, deepFreeze } from './objects.ts';
import { parseQuantity } from './quantity.ts';

describe('label selectors', () => {
  const labels = { app: 'web', tier: 'front', weight: '7' };
  it.each([
    ['', true], ['app=web', true], ['app==web,tier!=back', true], ['app!=web', false], ['app in (web, api)', true],
    ['app notin (web)', false], ['other notin (x)', true], ['other!=x', true], ['app', true], ['!app', false], ['!other', true],
    ['weight>5', true], ['weight<7', false], ['app>1', false], ['in in (in)', false], ['app=', false], ['app in (,web)', true],
  ])('%s → %s', (text, expected) => expect(parseSelector(text).matches(labels)).toBe(expected));

  it.each([
    ['a===b', "unable to parse requirement: found '=', expected: identifier"],
    ['a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['a>b', 'unable to parse requirement: values[0]: Invalid value: "b": for \'Gt\', \'Lt\' operators, the value must be an integer'],
    ['a=b c', "found 'c', expected: ',' or 'end of string'"],
    ['a,', "found '', expected: identifier after ','"],
    ['=a', "found '=', expected: !, identifier, or 'end of string'"],
    ['a ! b', "unable to parse requirement: found '!', expected: in, notin, =, ==, !=, gt, lt"],
    [
      '-env=prod',
      'unable to parse requirement: <nil>: Invalid value: "-env": name part must consist of alphanumeric characters, \'-\', \'_\' or \'.\', and must start and end with an alphanumeric character (e.g. \'MyName\',  or \'my.name\',  or \'123-abc\', regex used for validation is \'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]\')',
    ],
  ])('refuses %s', (text, message) => expect(() => parseSelector(text)).toThrow(message));

  it('prints canonically and tells no selector from an empty one', () => {
    expect(parseSelector('z, b in (y,x) ,!a').toString()).toBe('!a,b in (x,y),z');
    expect(selectorFromLabelSelector(undefined).matches(labels)).toBe(false);
    expect(selectorFromLabelSelector({}).matches(labels)).toBe(true);
    expect(selectorFromLabelSelector({ matchLabels: { app: 'web' }, matchExpressions: [{ key: 'tier', operator: 'Exists' }] }).matches(labels)).toBe(true);
  });
});

describe('field selectors', () => {
  it('matches all terms and understands escapes', () => {
    const selector = parseFieldSelector('metadata.name=a\\,b,status.phase!=Running');
    expect(selector.matches((field) => (field === 'metadata.name' ? 'a,b' : 'Pending'))).toBe(true);
    expect(selector.matches((field) => (field === 'metadata.name' ? 'a,b' : 'Running'))).toBe(false);
    expect(() => parseFieldSelector('nope')).toThrow("invalid selector: 'nope'; can't understand 'nope'");
  });
});

describe('quantities', () => {
  it.each([
    ['1.5Gi', '1536Mi'], ['0.5', '500m'], ['1000m', '1'], ['1500m', '1500m'], ['1000', '1k'], ['1024', '1024'], ['1Ki', '1Ki'], ['512Ki', '512Ki'],
    ['1023Ki', '1023Ki'], ['0.1Ki', '102400m'], ['12e6', '12e6'], ['1e3', '1e3'], ['-1', '-1'], ['+2', '2'], ['0', '0'], ['0Gi', '0'], ['1n', '1n'], ['0.0000000001', '1n'], ['100M', '100M'], ['.5', '500m'], ['5.', '5'],
  ])('%s is written %s', (text, canonical) => expect(parseQuantity(text).toString()).toBe(canonical));

  it.each(['abc', '', '1x', '--1', '1.2.3', '1KiB'])('refuses %j', (text) => expect(() => parseQuantity(text)).toThrow());

  it('adds, compares and rounds up', () => {
    expect(parseQuantity('100m').add(parseQuantity('0.9')).toString()).toBe('1');
    expect(parseQuantity('1Gi').cmp(parseQuantity('1G'))).toBe(1);
    expect(parseQuantity('1100m').value()).toBe(2);
    expect(parseQuantity('64Mi').value()).toBe(67_108_864);
  });
});

describe('errors', () => {
  it('reads like the API server', () => {
    expect(newNotFound({ group: 'apps', resource: 'deployments' }, 'web').status).toEqual({
      kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: 'deployments.apps "web" not found', reason: 'NotFound',
      details: { name: 'web', group: 'apps', kind: 'deployments' }, code: 404,
    });
    expect(newForbidden({ group: '', resource: 'pods' }, '', 'no').message).toBe('pods is forbidden: no');
    expect(newConflict({ group: '', resource: 'pods' }, 'a', 'x').message).toBe('Operation cannot be fulfilled on pods "a": x');
  });

  it('prints findings of every type', () => {
    const error = newInvalid({ group: '', kind: 'Pod' }, 'x', [
      { type: 'Required', field: 'spec.containers', detail: '' },
      { type: 'Invalid', field: 'a', value: 'b"c', detail: 'must be' },
      { type: 'NotSupported', field: 'p', value: 7, detail: 'supported values: "1"' },
      { type: 'Invalid', field: 's', value: { a: 1 }, detail: 'odd' },
      { type: 'Invalid', field: 'v', value: new Verbatim('{Go:1}'), detail: '' },
      { type: 'Required', field: 'spec.containers', detail: '' },
    ]);
    expect(error.message).toBe(
      'Pod "x" is invalid: [spec.containers: Required value, a: Invalid value: "b\\"c": must be, p: Unsupported value: 7: supported values: "1", s: Invalid value: {"a":1}: odd, v: Invalid value: {Go:1}]',
    );
    expect(error.status.details?.causes?.[0]).toEqual({ reason: 'FieldValueRequired', message: 'Required value', field: 'spec.containers' });
  });
});

describe('objects', () => {
  it('compares, freezes and copies JSON values', () => {
    const value = deepFreeze({ a: [1, { b: 'c' }], d: null });
    const copy = clone(value);
    expect(deepEqual(value, copy)).toBe(true);
    expect(deepEqual({ a: 1, b: undefined }, { a: 1 })).toBe(true);
    expect(deepEqual({ a: 1 }, { a: 1, b: 2 })).toBe(false);
    expect(deepEqual([1], { 0: 1 })).toBe(false);
    (copy.a[1] as { b: string }).b = 'changed';
    expect(deepEqual(value, copy)).toBe(false);
    expect(() => ((value.a[1] as { b: string }).b = 'x')).toThrow();
    expect(Object.hasOwn(clone(JSON.parse('{"__proto__":{"x":1}}')), '__proto__')).toBe(true);
  });
});
