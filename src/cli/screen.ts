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
