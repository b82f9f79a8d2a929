/** The kind of the type of an argument, given as SQL; undefined where it is not known. */
export type KindOf = (arg: string) => string | undefined;

/**
 * A TIMESTAMP of an argument: numbers are ms since 1970, texts are read by a pattern. What the advice proposes is to be
 * accepted as it stands.
 */
export function asTimestamp(arg: string, kindOf: KindOf): string {
  switch (kindOf(arg)) {
    case 'BIGINT':
    case 'INTEGER':
      return `FROM_UNIXTIME(${arg})`;
    case 'STRING':
      return `PARSE_TIMESTAMP(${arg}, 'yyyy-MM-dd HH:mm:ss')`;
    case 'DATE':
      return `CAST(${arg} AS TIMESTAMP)`;
    default:
      return arg;
  }
}

/** An argument in ms since 1970. */
export function asMillis(arg: string, kindOf: KindOf): string {
  const kind = kindOf(arg);
  return kind === 'BIGINT' || kind === 'INTEGER' ? arg : `UNIX_TIMESTAMP(${asTimestamp(arg, kindOf)})`;
}

/** Letters of the patterns of to_char and strftime, and Java's. The longest stand first. */
const LETTERS: readonly (readonly [RegExp, string])[] = [
  [/%Y|\bYYYY|YYYY/g, 'yyyy'],
  [/%y|YY/g, 'yy'],
  [/%m(?![a-z])/g, 'MM'],
  [/%d(?![a-z])|DD/g, 'dd'],
  [/%H|HH24/g, 'HH'],
  [/%i|%M|MI/g, 'mm'],
  [/%S|%s|SS/g, 'ss'],
  [/Mon(?:th)?/g, 'MMM'],
];

/** A text that is a pattern of to_char or strftime, in Java's letters; `usual` for anything else. */
export function javaPattern(literal: string | undefined, usual: string): string {
  if (literal === undefined || !literal.startsWith("'")) return `'${usual}'`;
  let text = literal;
  for (const [theirs, java] of LETTERS) text = text.replaceAll(theirs, java);
  return /^'[yMdHmsSEa\s:./,_-]+'$/.test(text) ? text : `'${usual}'`;
}
