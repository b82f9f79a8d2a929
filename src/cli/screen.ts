import type { Style } from './render/style.ts';

/** Where results go. */
export interface Screen {
  readonly style: Style;
  /** Columns and lines now; Infinity and 0 where output is no terminal. */
  size(): { readonly columns: number; readonly rows: number };
  /** Resolves when more may be written: a reader that is slow slows the query. */
  write(text: string): Promise<void>;
  /** Errors: apart from results in scripts. */
  writeError(text: string): Promise<void>;
  /** Whether a person looks at it, and what is there may be drawn again. */
  isLive?(): boolean;
  /** Shows a text that is taller than the screen, to be leafed through. False: nothing can do that. */
  page?(text: string): Promise<boolean>;
}
