/**
 * Texts about values of rows. Who typed a statement may read the value that it failed at; logs, DESCRIBE and SHOW
 * QUERIES are read by others, and values may be personal data: there the same text stands without the value.
 */
export class Quoting {
  /** With values, each cut to QUOTED_MAX characters. */
  readonly shown: string;
  /** Without. */
  readonly bare: string;

  constructor(shown: string, bare: string) {
    this.shown = shown;
    this.bare = bare;
  }
}

/** A text, or one that quotes values. */
export type Said = string | Quoting;

/** The most characters of a value that a text quotes. */
const QUOTED_MAX = 200;
/** Stands where a value, or the rest of a long one, is left out. */
const LEFT_OUT = '…';

/** `text` up to so many characters. */
export function clipped(text: string, max = QUOTED_MAX): string {
  return text.length <= max ? text : `${text.slice(0, max)}${LEFT_OUT}`;
}

/** What `say` says of a value of a row: `quoting(text, (t) => \`For input string: "${t}"\`)`. */
export function quoting(value: unknown, say: (value: string) => string): Quoting {
  return new Quoting(say(clipped(String(value))), say(LEFT_OUT));
}

/** What `say` says with the text of an error. */
export function retold(error: unknown, say: (text: string) => string = (text) => text): Quoting {
  return new Quoting(say(error instanceof Error ? error.message : String(error)), say(bareOf(error)));
}

/** What `say` says with another text. */
export function within(said: Said, say: (text: string) => string): Said {
  return typeof said === 'string' ? say(said) : new Quoting(say(said.shown), say(said.bare));
}

export function shownOf(said: Said): string {
  return typeof said === 'string' ? said : said.shown;
}

/**
 * The text of a text, or of an error, without values of rows. Errors that do not say it themselves (JavaScript's, those
 * of libraries and of users' functions) may quote anything, so only their kind is told; of a TypeError, which speaks of
 * code, the text.
 */
export function bareOf(said: unknown): string {
  if (typeof said === 'string') return said;
  if (said instanceof Quoting) return said.bare;
  if (!(said instanceof Error)) return LEFT_OUT;
  const { bare } = said as { readonly bare?: unknown };
  if (typeof bare === 'string') return bare;
  return said instanceof TypeError ? clipped(said.message) : said.name;
}
