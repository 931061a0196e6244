import { readFileSync, renameSync } from 'node:fs';
import { plainReason } from '../../base/errors/index.ts';
import { writeWhole } from '../../base/files/index.ts';
import type { Notice, Settings } from '../../contracts/ipc/index.ts';
import { validators } from '../../contracts/ipc/requests.ts';

export const defaultSettings: Settings = { theme: 'system', chapter: undefined, terminalFontSize: 13, layout: {} };

/** Settings in one JSON file, written whole and renamed. A file that cannot be read is kept aside, never overwritten. */
export class SettingsFile {
  readonly #file: string;
  readonly #notify: (notice: Notice) => void;
  #settings: Settings;

  constructor(file: string, notify: (notice: Notice) => void, now: number) {
    this.#file = file;
    this.#notify = notify;
    this.#settings = this.#load(now);
  }

  get value(): Settings {
    return this.#settings;
  }

  change(part: Partial<Settings>): Settings {
    this.#settings = { ...this.#settings, ...part, layout: { ...this.#settings.layout, ...part.layout } };
    try {
      writeWhole(this.#file, JSON.stringify(this.#settings, null, 1));
    } catch (error) {
      this.#notify({ id: 'settings-write', severity: 'warning', title: 'Settings could not be saved', message: `${plainReason(error)}.`, remedy: 'They hold until you quit.' });
    }
    return this.#settings;
  }

  #load(now: number): Settings {
    let text: string;
    try {
      text = readFileSync(this.#file, 'utf8');
    } catch {
      return defaultSettings;
    }
    try {
      return { ...defaultSettings, ...(validators['settings:set'].parse(JSON.parse(text)) as Partial<Settings>) };
    } catch {
      renameSync(this.#file, `${this.#file}.corrupt-${now}`);
      this.#notify({ id: 'settings-corrupt', severity: 'info', title: 'Settings were damaged', message: 'The defaults are used.', remedy: `The damaged file is kept as ${this.#file}.corrupt-${now}.` });
      return defaultSettings;
    }
  }
}
