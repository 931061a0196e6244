import { describe, expect, it } from 'vitest';
import { BOOL, compileCel, CelError, DYN, fromJson, INT, listOf, mapOf, objectType, STRING, typeText, type CelType } from './index.ts';

const self = objectType('object', { n: INT, s: STRING, list: listOf(STRING), map: mapOf(STRING, INT), any: DYN, ok: BOOL });
const scope = new Map<string, CelType>([['self', self], ['object', DYN]]);
const values = { self: fromJson({ n: 5, s: 'abc', list: ['a', 'b'], map: { x: 1 }, any: { deep: [1, 2] }, ok: true }), object: fromJson({ a: 'x', n: 2 }) };

function run(source: string): unknown {
  const { program, problem } = compileCel(source, scope);
  if (problem !== undefined) return problem.split('\n')[0];
  try {
    return program.run(values as never);
  } catch (error) {
    if (error instanceof CelError) return `error: ${error.message}`;
    throw error;
  }
}

describe('the expression language', () => {
  it.each([
    ["self.n > 3 && self.s.startsWith('a')", true],
    ['self.list.all(i, i.size() == 1)', true],
    ["self.list.exists_one(i, i == 'a')", true],
    ["self.list.map(i, i + '!').join(',')", 'a!,b!'],
    ["self.list.filter(i, i != 'a').size()", 1n],
    ["'x' in self.map && self.map['x'] == 1", true],
    ['has(self.s) && !has(object.zz)', true],
    ["object.?zz.orValue('none')", 'none'],
    ["self.any.deep[1] == 2", true],
    ['object.zz', 'error: no such key: zz'],
    ['self.list[7]', 'error: index out of bounds: 7'],
    ['self.n / 0', 'error: division by zero'],
    ["object.zz == 1 || true", true],
    ['1 < 1.5', true],
    ["'%s has %d'.format([self.s, self.n])", 'abc has 5'],
    ["quantity('1.5Gi').isGreaterThan(quantity('1Gi'))", true],
    ["quantity('100m').add(quantity('900m')).asInteger()", 1n],
    ["cidr('10.0.0.0/8').containsIP(ip('10.1.2.3'))", true],
    ["ip('::1').family() == 6 && ip.isCanonical('::1')", true],
    ["url('https://a.example:8080/p?q=1').getHost()", 'a.example:8080'],
    ["isURL('nope')", false],
    ["semver('1.2.3').isLessThan(semver('1.10.0'))", true],
    ["!format.dns1123Label().validate('Bad_').hasValue()", false],
    ["'a,b,c'.split(',').size() == 3 && 'aXb'.lowerAscii() == 'axb'", true],
    ["'abc123'.find('[0-9]+')", '123'],
    ["duration('90m').getHours() == 1 && timestamp('2024-02-29T10:00:00Z').getDayOfYear() == 59", true],
    ["cel.bind(x, self.n * 2, x + 1)", 11n],
    ['[3, 1, 2].isSorted() || [1, 2].sum() == 3', true],
    ['sets.contains([1, 2, 3], [2])', true],
    ["type(1) == int && type('') == string", true],
    ["self.n == 5 ? 'five' : 'other'", 'five'],
    ['dyn(1) == 1.0', true],
  ])('%s', (source, expected) => expect(run(source)).toEqual(expected));

  it.each([
    ['self.boss', "ERROR: <input>:1:5: undefined field 'boss'\n | self.boss\n | ....^"],
    ['!has(object.data) || object.data.size()', "ERROR: <input>:1:38: expected type 'bool' but found 'int'\n | !has(object.data) || object.data.size()\n | .....................................^"],
    ["self.n + 'a'", "ERROR: <input>:1:8: found no matching overload for '_+_' applied to '(int, string)'\n | self.n + 'a'\n | .......^"],
    ["self.s == 1", "ERROR: <input>:1:8: found no matching overload for '_==_' applied to '(string, int)'\n | self.s == 1\n | .......^"],
    ['nope > 1', "ERROR: <input>:1:1: undeclared reference to 'nope' (in container '')\n | nope > 1\n | ^"],
    ['self.s.nope()', "ERROR: <input>:1:12: undeclared reference to 'nope' (in container '')\n | self.s.nope()\n | ...........^"],
    ["self.n.startsWith('a')", "ERROR: <input>:1:18: found no matching overload for 'startsWith' applied to 'int.(string)'\n | self.n.startsWith('a')\n | .................^"],
    ['self.n.x', "ERROR: <input>:1:7: type 'int' does not support field selection\n | self.n.x\n | ......^"],
    ['self.n.all(x, true)', "ERROR: <input>:1:5: expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)\n | self.n.all(x, true)\n | ....^"],
    ['object.', "ERROR: <input>:1:8: Syntax error: no viable alternative at input '.'\n | object.\n | .......^"],
  ])('refuses %s', (source, expected) => expect(compileCel(source, scope).problem).toBe(expected));

  it('knows the type of a result', () => {
    expect(typeText(compileCel("self.list.map(i, {'k': i})", scope).program!.type)).toBe('list(map(string, string))');
    expect(typeText(compileCel('object.anything', scope).program!.type)).toBe('dyn');
  });
});
