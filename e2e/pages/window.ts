import { expect, type Locator, type Page } from '@playwright/test';

/** The window as a person knows it: chapter, diagram, terminal. */
export class Window {
  readonly page: Page;
  readonly terminal: Terminal;

  constructor(page: Page) {
    this.page = page;
    this.terminal = new Terminal(page);
  }

  async isLive(): Promise<void> {
    await expect(this.page.getByRole('heading', { level: 1 })).toBeVisible();
    await expect(this.part('Node worker-2')).toBeVisible();
    await this.terminal.isReady();
  }

  async openChapter(id: string, title: string): Promise<void> {
    await this.page.getByRole('combobox', { name: 'Chapter' }).selectOption(id);
    await expect(this.page.getByRole('heading', { level: 1, name: title })).toBeVisible();
    await this.terminal.isReady();
  }

  /** A task by its number in the chapter. */
  step(number: number): Locator {
    return this.page.getByRole('region', { name: `Step ${number}`, exact: true });
  }

  /** A part, node or Pod of the diagram, by the beginning of what a screen reader says of it. */
  part(spoken: string): Locator {
    return this.page.getByRole('group', { name: /^The cluster as a picture/ }).getByRole('button', { name: new RegExp(`^${spoken}`) }).first();
  }

  get status(): Locator {
    return this.page.getByRole('status', { name: 'State of the cluster' });
  }

  notice(title: string): Locator {
    return this.page.getByRole('region', { name: title });
  }
}

/** The embedded terminal, read as a screen reader reads it. */
export class Terminal {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  get screen(): Locator {
    return this.#page.locator('.xterm-accessibility-tree').filter({ visible: true });
  }

  async isReady(): Promise<void> {
    await this.shows(/\$\s*$/);
  }

  /** Types a line and presses Enter. */
  async type(line: string): Promise<void> {
    await this.#page.locator('.pane:not(.hidden) .xterm-helper-textarea').focus();
    await this.#page.keyboard.type(line);
    await this.#page.keyboard.press('Enter');
  }

  async shows(text: string | RegExp, timeout = 30_000): Promise<void> {
    await expect.poll(() => this.text(), { timeout }).toMatch(typeof text === 'string' ? new RegExp(text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')) : text);
  }

  /** What is on the screen, a line a row, without the empty end. */
  async text(): Promise<string> {
    const rows = await this.screen.locator('[role="listitem"]').allTextContents();
    return rows.map((row) => row.replaceAll(' ', ' ').trimEnd()).join('\n').trimEnd();
  }
}
