import type { ChapterView } from '../../contracts/lab/index.ts';
import type { LoadedChapter } from '../../lab-engine/loader/loader.ts';
import type { Bench } from './bench.ts';
import { answerOf } from './proofs.ts';

/**
 * A chapter to play with in this terminal: its set-up, its workspace and the learner's shell; what a step's checks say is
 * printed when it changes. Questions are answered as the chapter says, so that what comes after opens. Ends with the shell.
 */
export async function tryChapter(loaded: LoadedChapter, bench: Bench, { stdin, stdout }: { stdin: NodeJS.ReadStream; stdout: NodeJS.WriteStream }): Promise<void> {
  const { chapter } = await bench.open(loaded, { columns: stdout.columns || 120, rows: stdout.rows || 40 });
  stdout.write(`${loaded.chapter.title}\nThe text is in ${loaded.folder}/chapter.md. Leave with exit.\n`);
  let said = '';
  const answered = new Set<string>();
  const answerOpen = async ({ steps }: ChapterView): Promise<void> => {
    const isOpen = (id: string): boolean => steps.some((step) => step.id === id && step.state === 'open');
    for (const step of chapter.steps) {
      if (answered.has(step.id) || !isOpen(step.id) || step.needs.some(isOpen)) continue;
      const answer = await answerOf(step, bench).catch(() => undefined);
      if (answer === undefined || answered.has(step.id)) continue;
      answered.add(step.id);
      await bench.labs.answer(chapter.id, step.id, answer);
    }
  };
  const tell = ({ steps }: ChapterView): void => {
    const now = steps.map(({ id, state, question }) => `  ${state === 'done' ? '✓' : '·'} ${id}${question && state === 'open' ? ` (asks: ${question.prompt})` : ''}\r\n`).join('');
    if (now !== said) stdout.write(`\r\n${now}`);
    said = now;
  };
  const telling = bench.labs.onDidChange((view) => {
    tell(view);
    void answerOpen(view);
  });
  void answerOpen(await bench.labs.check(chapter.id));
  stdin.setRawMode?.(true);
  const typed = (data: Buffer): void => bench.write(data.toString('utf8'));
  stdin.on('data', typed);
  try {
    await bench.untilShellEnds((data) => stdout.write(data));
  } finally {
    telling.dispose();
    stdin.off('data', typed).pause();
    stdin.setRawMode?.(false);
  }
}
