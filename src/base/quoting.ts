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
export type MessageText = string | Quoting;

/** The most characters of a value that a text quotes. */
const QUOTED_MAX = 200;
/** Stands where a value, or the rest of a long one, is left out. */
const LEFT_OUT = '…';

/** `text` up to so many characters. */
export function clipped(text: string, max = QUOTED_MAX): string {
  return text.length <= max ? text : `${text.slice(0, max)}${LEFT_OUT}`;
}

/** What `say` says of a value of a row: `quoting(text, (t) => \`For input string: "${t}"\`)`. */
export function quoting(value: unknown, textOf: (value: string) => string): Quoting {
  return new Quoting(textOf(clipped(String(value))), textOf(LEFT_OUT));
}

/** What `say` says with the text of an error. */
export function retold(error: unknown, textOf: (text: string) => string = (text) => text): Quoting {
  return new Quoting(textOf(error instanceof Error ? error.message : String(error)), textOf(bareOf(error)));
}

/** What `say` says with another text. */
export function within(message: MessageText, textOf: (text: string) => string): MessageText {
  return typeof message === 'string' ? textOf(message) : new Quoting(textOf(message.shown), textOf(message.bare));
}

export function shownOf(message: MessageText): string {
  return typeof message === 'string' ? message : message.shown;
}

/**
 * The text of a text, or of an error, without values of rows. Errors that do not say it themselves (JavaScript's, those
 * of libraries and of users' functions) may quote anything, so only their kind is told; of a TypeError, which speaks of
 * code, the text.
 */
export function bareOf(message: unknown): string {
  if (typeof message === 'string') return message;
  if (message instanceof Quoting) return message.bare;
  if (!(message instanceof Error)) return LEFT_OUT;
  const { bare } = message as { readonly bare?: unknown };
  if (typeof bare === 'string') return bare;
  return message instanceof TypeError ? clipped(message.message) : message.name;
}
