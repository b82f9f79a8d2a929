import { displayWidth } from '../render/width.ts';
import type { Layout } from './layout.ts';

export interface ScreenOptions {
  readonly output: NodeJS.WritableStream;
  /** The size of the terminal in characters; 0 if it is unknown. */
  size(): { readonly columns: number; readonly rows: number };
}

/**
 * The part of the terminal that the editor draws, from the first row of the prompt. A layout replaces the one that is
 * shown, by the escape sequences of ECMA-48.
 */
export class Screen {
  readonly #options: ScreenOptions;
  #shown: Layout | undefined;

  constructor(options: ScreenOptions) {
    this.#options = options;
  }

  /** Draws a layout. If it is higher than the window, only the part around the cursor is shown. */
  paint(layout: Layout): void {
    const { rows: height } = this.#options.size();
    const room = Math.max(1, height > 0 ? height - 1 : Number.POSITIVE_INFINITY);
    const top =
      layout.rows.length <= room ? 0 : Math.max(0, Math.min(layout.row - (room >> 1), layout.rows.length - room));
    const rows = layout.rows.slice(top, top + room);
    const row = layout.row - top;
    const back = this.#shown === undefined || this.#shown.row === 0 ? '' : `\u001b[${this.#shown.row}A`;
    const up = rows.length - 1 - row;
    this.#options.output.write(
      `${this.#shown === undefined ? '' : `${back}\r\u001b[J`}${rows.join('\r\n')}${up > 0 ? `\u001b[${up}A` : ''}\r${
        layout.column > 0 ? `\u001b[${layout.column}C` : ''
      }`,
    );
    this.#shown = { rows, row, column: layout.column };
  }

  /** Leaves what is shown on the terminal: the next layout is drawn at the cursor. */
  leave(): void {
    this.#shown = undefined;
  }

  /** Clears the terminal, including the rows that have scrolled out of it. */
  clear(): void {
    this.#options.output.write('\u001b[2J\u001b[3J\u001b[H');
    this.#shown = undefined;
  }

  /** Called when the size has changed: the terminal has wrapped the rows again, which moves the cursor's row. */
  resized(): void {
    const { columns } = this.#options.size();
    if (this.#shown === undefined || columns <= 0) return;
    const { rows, row, column } = this.#shown;
    const heights = rows.slice(0, row).map((r) => Math.max(1, Math.ceil(displayWidth(plain(r)) / columns)));
    this.#shown = { rows, row: heights.reduce((sum, h) => sum + h, 0) + Math.floor(column / columns), column };
  }
}

/** The text without colours. */
function plain(text: string): string {
  return text.replaceAll(/\u001b\[[0-9;]*m/g, '');
}
