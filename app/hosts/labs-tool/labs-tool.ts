// `npm run labs -- check|new|try`: the author's tools. `check` proves every chapter and ends with `N passed, N failed`.
import path from 'node:path';
import { loadChapters } from '../../lab-engine/loader/loader.ts';
import { Bench } from './bench.ts';
import { newChapter } from './new.ts';
import { proofs, togetherProblems } from './proofs.ts';
import { tryChapter } from './try.ts';

const benchFor = (root: string): Bench => new Bench({ tools: path.join(root, '.cache/tools'), labCommand: path.join(root, 'out/hosts/lab.mjs'), runtime: process.execPath });

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
  const bench = benchFor(root);
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

async function play(root: string, wanted: string): Promise<void> {
  const loaded = loadChapters(path.join(root, 'labs')).find(({ chapter }) => chapter.id === wanted);
  if (!loaded) throw new Error(`there is no chapter ${wanted}`);
  const bench = benchFor(root);
  await bench.start();
  try {
    await tryChapter(loaded, bench, process);
  } finally {
    await bench.dispose();
  }
}

/** The exit code. */
async function run(root: string, [verb, name]: readonly string[]): Promise<number> {
  if (verb === 'check') {
    const { passed, failed } = await check(root, name);
    console.log(`${passed} passed, ${failed} failed`);
    return failed === 0 ? 0 : 1;
  }
  if (name !== undefined && verb === 'new') console.log(newChapter(path.join(root, 'labs'), name));
  else if (name !== undefined && verb === 'try') await play(root, name);
  else {
    console.error(`npm run labs -- check [CHAPTER]     proves every chapter, or one
npm run labs -- new NAME            a folder for a new chapter, complete and passing
npm run labs -- try CHAPTER         its cluster and its shell in this terminal`);
    return 2;
  }
  return 0;
}

const code = await run(process.env['ORRERY_ROOT'] ?? process.cwd(), process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  return 1;
});
process.exit(code);
