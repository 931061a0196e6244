// `npm run labs -- check [CHAPTER]`: the author's tool. Proves every chapter; ends with `N passed, N failed`.
import path from 'node:path';
import { loadChapters } from '../../lab-engine/loader/loader.ts';
import { Bench } from './bench.ts';
import { proofs, togetherProblems } from './proofs.ts';

async function check(root: string, wanted: string | undefined): Promise<{ passed: number; failed: number }> {
  const folder = path.join(root, 'labs');
  const chapters = loadChapters(folder);
  const total = { passed: 0, failed: 0 };
  const count = (title: string, problems: readonly string[]): void => {
    total[problems.length === 0 ? 'passed' : 'failed']++;
    console.log(`${problems.length === 0 ? 'ok    ' : 'FAILED'} ${title}`);
    for (const problem of problems) console.log(`       ${problem}`);
  };
  count('the course: ids and numbers', togetherProblems(chapters, folder));
  const bench = new Bench({ tools: path.join(root, '.cache/tools'), labCommand: path.join(root, 'out/hosts/lab.mjs'), runtime: process.execPath });
  await bench.start();
  try {
    for (const [index, loaded] of chapters.entries()) {
      if (wanted !== undefined && loaded.chapter.id !== wanted) continue;
      for (const [title, proof] of Object.entries(proofs(chapters.slice(0, index)))) {
        const problems = await proof(loaded, bench).catch((error: unknown) => [error instanceof Error ? error.message : String(error)]);
        count(`${loaded.chapter.id}: ${title}`, problems);
      }
    }
  } finally {
    await bench.dispose();
  }
  return total;
}

const [verb, chapter] = process.argv.slice(2);
if (verb !== 'check') {
  console.error('npm run labs -- check [CHAPTER]     proves every chapter, or one');
  process.exit(2);
}
const { passed, failed } = await check(process.env['ORRERY_ROOT'] ?? process.cwd(), chapter);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
