import type { Env } from '../base/env.ts';
import type { Screen } from './screen.ts';

const REFRESH_MS = 100;
const SHOW_CURSOR = '\u001b[?25h';
const HIDE_CURSOR = '\u001b[?25l';

/**
 * The lower part of a terminal while a push query runs: lines that are redrawn in place, at most ten times a second,
 * below the appended text. The last line shows the number of rows, and rows per second.
 */
export class LiveScreen {
  readonly #screen: Screen;
  readonly #env: Env;
  /** The lines above the status line that are drawn in place. */
  readonly #picture: (columns: number, rows: number) => readonly string[];
  readonly #beganMs: number;
  #drawn = 0;
  #cancel: (() => void) | undefined;
  #ended = false;
  #rows = 0;
  #rate = 0;
  #lastMs: number;
  #lastRows = 0;

  /** @param picture the lines to draw in place; none for rows that are appended */
  constructor(screen: Screen, env: Env, picture: (columns: number, rows: number) => readonly string[] = () => []) {
    this.#screen = screen;
    this.#env = env;
    this.#picture = picture;
    this.#beganMs = this.#lastMs = env.clock.monotonicMs();
    this.#tick();
  }

  /** Counts rows that arrived. */
  count(rows: number): void {
    this.#rows += rows;
  }

  /** Writes permanent text above the lines that are drawn in place. */
  async append(text: string): Promise<void> {
    const erase = this.#erased();
    const picture = this.#ended ? '' : this.#paint();
    await this.#screen.write(erase + text + picture);
  }

  /** Draws a last time, without the status line. */
  async end(): Promise<void> {
    this.#ended = true;
    this.#cancel?.();
    const { columns, rows } = this.#screen.size();
    const lines = this.#picture(columns, rows - 1);
    await this.#screen.write(`${this.#erased()}${lines.map((line) => `${line}\n`).join('')}${SHOW_CURSOR}`);
  }

  #tick(): void {
    this.#cancel = this.#env.timers.after(REFRESH_MS, () => {
      if (this.#ended) return;
      void this.#screen.write(`${this.#erased()}${this.#paint()}`).then(() => {
        if (!this.#ended) this.#tick();
      });
    });
  }

  #erased(): string {
    const up = this.#drawn;
    this.#drawn = 0;
    return up === 0 ? '' : `${up > 1 ? `\u001b[${up - 1}A` : ''}\r\u001b[J`;
  }

  #paint(): string {
    const { columns, rows } = this.#screen.size();
    const lines = [...this.#picture(columns - 1, rows - 1), this.#status(columns - 1)];
    this.#drawn = lines.length;
    return HIDE_CURSOR + lines.join('\n');
  }

  #status(columns: number): string {
    const now = this.#env.clock.monotonicMs();
    if (now - this.#lastMs >= 1000) {
      this.#rate = ((this.#rows - this.#lastRows) * 1000) / (now - this.#lastMs);
      this.#lastMs = now;
      this.#lastRows = this.#rows;
    }
    const seconds = Math.floor((now - this.#beganMs) / 1000);
    const time = `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`;
    const text = `${this.#rows.toLocaleString('en-US')} ${this.#rows === 1 ? 'row' : 'rows'}  ${rateText(this.#rate)} rows/s  ${time}  Ctrl-C ends`;
    return this.#screen.style.dim(text.slice(0, Math.max(0, columns)));
  }
}

function rateText(rate: number): string {
  return rate >= 10 || rate === 0 ? Math.round(rate).toLocaleString('en-US') : rate.toFixed(1);
}
