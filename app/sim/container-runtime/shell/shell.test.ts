import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestContainer } from '../engine/testing.ts';

let box: TestContainer;
beforeEach(() => {
  box = new TestContainer();
});
afterEach(() => box.dispose());

const run = (script: string, advanceMs = 1_000): ReturnType<TestContainer['sh']> => box.sh(script, { advanceMs });

describe('sh', () => {
  it.each<[string, string, number?]>([
    ['echo hello world', 'hello world\n'],
    ["echo 'single $HOME' \"double $HOME\" \\$HOME", 'single $HOME double /root $HOME\n'],
    ['a=1; b=$a$a; echo $b ${b}x ${#b}', '11 11x 2\n'],
    ['echo ${x:-default} ${x:=set} $x ${x:+other} ${y-}end', 'default set set other end\n'],
    ['f=/a/b/c.txt; echo ${f##*/} ${f%.txt} ${f#/a} ${f%%/*}-', 'c.txt /a/b/c /b/c.txt -\n'],
    ['echo $((1 + 2 * 3)) $(( (1+2)*3 )) $((7/2)) $((7%2)) $((3>2))', '7 9 3 1 1\n'],
    ['echo $(echo inner; echo two) `echo tick`', 'inner two tick\n'],
    ['true && echo yes || echo no; false && echo yes || echo no', 'yes\nno\n'],
    ['if [ 1 -eq 1 ]; then echo a; elif true; then echo b; else echo c; fi', 'a\n'],
    ['if false; then echo a; else echo c; fi', 'c\n'],
    ['for i in 1 2 3; do echo n$i; done', 'n1\nn2\nn3\n'],
    ['i=0; while [ $i -lt 3 ]; do echo $i; i=$((i+1)); done', '0\n1\n2\n'],
    ['i=0; until [ $i -ge 2 ]; do i=$((i+1)); done; echo $i', '2\n'],
    ['for i in 1 2 3 4; do [ $i = 2 ] && continue; [ $i = 4 ] && break; echo $i; done', '1\n3\n'],
    ['case abc in x) echo x;; a*|b*) echo match;; *) echo other;; esac', 'match\n'],
    ['greet() { echo hi $1; return 3; }; greet you; echo $?', 'hi you\n3\n'],
    ['(cd /tmp; pwd); pwd', '/tmp\n/\n'],
    ['{ echo a; echo b; } | wc -l', '2\n'],
    ['echo one two three | tr a-z A-Z | cut -d" " -f2', 'TWO\n'],
    ['printf "%s-%d\\n" a 5 b 6', 'a-5\nb-6\n'],
    ['echo text > /tmp/f; echo more >> /tmp/f; cat /tmp/f; wc -l < /tmp/f', 'text\nmore\n2\n'],
    ['cat <<EOF\nhome $HOME\nEOF', 'home /root\n'],
    ['echo err >&2; echo out', 'out\n'],
    ['ls /none 2>/dev/null || echo gone', 'gone\n'],
    ['set -- a b c; echo $# $2; shift; echo $1', '3 b\nb\n'],
    ['for f in /etc/pass*; do echo $f; done', '/etc/passwd\n'],
    ['export A=1; sh -c "echo child \\$A"', 'child 1\n'],
    ['B=2 sh -c "echo $B-\\$B"', '-2\n'],
    ['! true; echo $?', '1\n'],
    ['echo a; exit 7; echo b', 'a\n', 7],
    ['set -e; false; echo no', '', 1],
    ['set -e; if false; then :; fi; echo survived', 'survived\n'],
    ['seq 3 | sort -r | head -n 1', '3\n'],
    ['echo "b a c" | tr " " "\\n" | sort | uniq | grep -v b | tr "\\n" ,', 'a,c,'],
    ['mkdir -p /tmp/x/y && touch /tmp/x/y/z && ls /tmp/x/y', 'z\n'],
    ['echo hello | sed s/l/L/g', 'heLLo\n'],
    ['x="a  b"; echo $x; echo "$x"', 'a b\na  b\n'],
    ['echo secret | base64 | base64 -d', 'secret\n'],
    ['date -u +%Y-%m-%dT%H:%M:%S', '2026-01-01T00:00:00\n'],
    ['hostname; id -u', 'box\n0\n'],
    ['eval "echo $((2*21))"', '42\n'],
    ['true & wait; echo done', 'done\n'],
  ])('%s', async (script, out, code = 0) => {
    const result = await run(script);
    expect({ out: result.out, code: result.code }).toEqual({ out, code });
  });

  it.each([
    ['nope', 'sh: nope: not found\n', 127],
    ['cat /none', "cat: can't open '/none': No such file or directory\n", 1],
    ['cd /none', "sh: cd: line 0: can't cd to /none: No such file or directory\n", 2],
    ['echo x > /none/f', "sh: can't create /none/f: nonexistent directory\n", 1],
    ['ls /none', 'ls: /none: No such file or directory\n', 1],
    ['if true', 'sh: syntax error: unexpected end of file (expecting "then")\n', 2],
  ])('%s complains', async (script, err, code) => {
    const result = await run(script);
    expect({ err: result.err, code: result.code }).toEqual({ err, code });
  });

  it('streams from an endless loop on the virtual clock', async () => {
    const { out } = await run('while true; do date +%S; sleep 5; done', 21_000);
    expect(out).toBe('00\n05\n10\n15\n20\n');
  });

  it('runs traps and is killed without one', async () => {
    expect((await run('trap "echo bye; exit 0" TERM; kill $$; sleep 1; echo no', 3_000)).out).toBe('bye\n');
    expect((await run('sh -c "kill -9 \\$\\$"; echo $?')).out).toBe('137\n');
  });
});
