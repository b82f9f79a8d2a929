import { visibleText } from '../base/visible-text.ts';
import type { Style } from './render/style.ts';

/** The output of results. */
export interface Screen {
  readonly style: Style;
  /** The current columns and lines; Infinity and 0 when the output is not a terminal. */
  size(): { readonly columns: number; readonly rows: number };
  /** Resolves when more may be written: a slow reader slows down the query. */
  write(text: string): Promise<void>;
  /** Writes errors, separately from results in scripts. */
  writeError(text: string): Promise<void>;
  /** Whether the output is a terminal on which lines can be redrawn. */
  isLive?(): boolean;
  /** Shows a text that is taller than the screen in a pager. False: no pager is available. */
  page?(text: string): Promise<boolean>;
}

/** The console's own sequences: emphasis (`styleFor`), and what is needed to draw lines in place. */
const OWN = /(\u001b\[(?:1|2|22|31|33|39)m|(?:\u001b\[\d{1,4}A)?\r\u001b\[J|\u001b\[\?25[hl])/;

/**
 * The last door before a terminal: in a text of the console all is visible but its own sequences. What comes from a
 * server is made printable where it is rendered; this door holds where that was forgotten.
 */
export function forTerminal(text: string): string {
  return text
    .split(OWN)
    .map((part, i) => (i % 2 === 1 ? part : visibleText(part)))
    .join('');
}
