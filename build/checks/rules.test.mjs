// Each rule is fed a file that breaks it, and must bite.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ESLint } from 'eslint';
import { afterAll, describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const eslint = new ESLint({ cwd: root });
const lint = async (file, text) => (await eslint.lintText(text, { filePath: path.join(root, file) }))[0].messages.map((message) => message.ruleId);

describe('lint', () => {
  it.each([
    ['app/sim/bad.ts', 'export const now = Date.now();', 'no-restricted-globals'],
    ['app/sim/bad.ts', 'setTimeout(() => {}, 1);', 'no-restricted-globals'],
    ['app/sim/bad.ts', 'setInterval(() => {}, 1);', 'no-restricted-globals'],
    ['app/sim/bad.ts', 'export const x = Math.random();', 'no-restricted-properties'],
    ['app/sim/bad.ts', "import { randomUUID } from 'node:crypto';\nexport const id = randomUUID();", 'no-restricted-imports'],
    ['app/base/bad.ts', 'x\n'.repeat(501), 'max-lines'],
    ['app/base/bad.ts', `export function long() {\n${'  f();\n'.repeat(71)}}`, 'max-lines-per-function'],
    ['app/base/bad.ts', 'export const same = (a: unknown, b: unknown) => a == b;', 'eqeqeq'],
  ])('%s: %s → %s', async (file, text, rule) => expect(await lint(file, text)).toContain(rule), 30_000);

  it('lets time be used outside the simulator and in its tests', async () => {
    expect(await lint('app/hosts/good.ts', 'export const now = Date.now();')).toEqual([]);
    expect(await lint('app/sim/good.test.ts', 'export const now = Date.now();')).toEqual([]);
  });
});

/** A small tree of its own, so that no bad file ever stands in the real one. */
const sandbox = path.join(root, '.cache/rules-test');
afterAll(() => rmSync(sandbox, { recursive: true, force: true }));

const violations = (file, imports) => {
  rmSync(sandbox, { recursive: true, force: true });
  const write = (name, text) => {
    mkdirSync(path.dirname(path.join(sandbox, name)), { recursive: true });
    writeFileSync(path.join(sandbox, name), text);
  };
  write(imports, 'export const target = 1;\n');
  const relative = path.relative(path.dirname(file), imports);
  write(file, `import { target } from '${relative.startsWith('.') ? relative : `./${relative}`}';\nexport const own = target;\n`);
  write('tsconfig.base.json', '{}');
  try {
    execFileSync(process.execPath, [path.join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs'), 'app', 'renderer', '--config', path.join(root, '.dependency-cruiser.cjs'), '--output-type', 'err'].filter((arg) => arg !== 'renderer' || file.startsWith('renderer')), { cwd: sandbox, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    return '';
  } catch (error) {
    return String(error.stdout) + String(error.stderr);
  }
};

describe('imports', () => {
  it.each([
    ['contracts-import-nothing', 'app/contracts/a.ts', 'app/base/b.ts'],
    ['base-imports-contracts', 'app/base/a.ts', 'app/sim/b.ts'],
    ['renderer-imports-contracts', 'renderer/a.ts', 'app/base/b.ts'],
    ['only-hosts-wire', 'app/sim/a.ts', 'app/hosts/b.ts'],
    ['sim-stands-alone', 'app/sim/a.ts', 'app/terminal/b.ts'],
    ['machinery-and-etcd-at-the-bottom', 'app/sim/machinery/a.ts', 'app/sim/client/b.ts'],
    ['machinery-knows-no-store', 'app/sim/machinery/a.ts', 'app/sim/etcd/b.ts'],
    ['resources-and-client-on-machinery', 'app/sim/client/a.ts', 'app/sim/apiserver/b.ts'],
    ['components-only-know-the-api', 'app/sim/scheduler/a.ts', 'app/sim/etcd/b.ts'],
    ['kubelet-speaks-cri', 'app/sim/kubelet/a.ts', 'app/sim/container-runtime/engine/b.ts'],
    ['apiserver-knows-the-store-interface', 'app/sim/apiserver/a.ts', 'app/sim/etcd/memory-store.ts'],
  ])('%s', (rule, file, imports) => expect(violations(file, imports)).toContain(rule), 30_000);

  it('lets the kubelet see the CRI', () => expect(violations('app/sim/kubelet/a.ts', 'app/sim/container-runtime/cri.ts')).toBe(''), 30_000);
});
