/** What the window shows of chapters and progress. The chapter file's schema is in `chapter.ts`. */

export interface ChapterSummary {
  readonly id: string;
  /** 1, 2, 3 …: the folder's number. */
  readonly number: number;
  readonly title: string;
  readonly minutes: number;
  readonly difficulty: 'beginner' | 'intermediate' | 'advanced';
  readonly stepsDone: number;
  readonly stepsTotal: number;
}

export type StepState = 'open' | 'done' | 'skipped';
export type CheckState = 'unknown' | 'checking' | 'failing' | 'passing';

export interface CheckView {
  readonly id: string;
  readonly state: CheckState;
  /** Why it does not pass yet, with expected and observed. */
  readonly message?: string;
  readonly expected?: string;
  readonly observed?: string;
  /** A remark that fits what was found. */
  readonly hint?: string;
}

export interface StepView {
  readonly id: string;
  readonly state: StepState;
  readonly checks: readonly CheckView[];
  readonly hintsTotal: number;
  /** Those opened so far. */
  readonly hints: readonly string[];
  /** Present once the learner asked to see it. */
  readonly solution?: readonly string[];
  /** For steps answered in the chapter itself (check type `answer`). */
  readonly question?: QuestionView;
}

export interface QuestionView {
  readonly kind: 'text' | 'choice' | 'order';
  readonly prompt: string;
  /** Shuffled, for `choice` and `order`. */
  readonly options?: readonly string[];
  readonly given?: string | readonly string[];
  readonly verdict?: 'right' | 'wrong';
}

export interface QuizView {
  readonly question: string;
  readonly options: readonly string[];
  readonly given?: string;
  readonly verdict?: 'right' | 'wrong';
  readonly hints: readonly string[];
}

/** The chapter's text as blocks, in order; HTML is made from Markdown by the lab engine and holds no scripts. */
export type Block =
  | { readonly type: 'html'; readonly html: string }
  | { readonly type: 'command'; readonly command: string; readonly language: string }
  | { readonly type: 'task'; readonly step: string; readonly html: string }
  | { readonly type: 'predict'; readonly id: string; readonly step: string; readonly html: string; readonly answer: string }
  | { readonly type: 'diagram'; readonly focus: readonly string[]; readonly show?: string; readonly html: string }
  | { readonly type: 'debrief'; readonly html: string }
  | { readonly type: 'quiz' };

export interface ChapterView extends ChapterSummary {
  readonly blocks: readonly Block[];
  readonly steps: readonly StepView[];
  readonly quiz: readonly QuizView[];
  /** The learner's predictions by id. */
  readonly predictions: Readonly<Record<string, string>>;
  /** The workspace folder with the chapter's files. */
  readonly workspace: string;
  /** Set up, being set up, or why not. */
  readonly setup: { readonly state: 'pending' | 'ready' | 'failed'; readonly message?: string };
}
