import { skipTrivia } from '../sql/lexer/trivia.ts';

/** Names of settings whose values are secrets. */
const SECRET =
  /((['"`]?)[\w.-]*(?:pass(?:word|wd|phrase)?|secret|token|credential|private[._-]?key|api[._-]?key|access[._-]?key|sasl\.jaas|user\.info)[\w.-]*\2\s*=\s*)('(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)|[^\s,;)]+)/gi;
const URL_PASSWORD = /(:\/\/[^:@/\s'"]*:)[^@\s'"]+(@)/g;
const PARAMETER_PASSWORD = /([?&;]password=)[^&;\s'",)]+/gi;
const HIDDEN = "'[hidden]'";

/** A statement fit to be kept: no passwords. It is masked by names, as the console does not know every connector. */
export function maskSecrets(statement: string): string {
  return statement
    .replaceAll(PARAMETER_PASSWORD, '$1[hidden]')
    .replaceAll(URL_PASSWORD, '$1[hidden]$2')
    .replaceAll(SECRET, (_match, name: string, _quote: string, value: string) =>
      /^['"]?(?:\$\{[^}]*\}|\[hidden\])/.test(value) ? `${name}${value}` : `${name}${HIDDEN}`,
    );
}

/** A statement in one line, which is what the line editor can recall: comments go, quoted texts stay as they are. */
export function inOneLine(statement: string): string {
  let result = '';
  let pos = 0;
  while (pos < statement.length) {
    // As in the language: inside of a bare value of a connector's property, `--` and `//` are just characters.
    const afterBlank = pos === 0 || /[\s,(]/.test(statement[pos - 1]!);
    const next = afterBlank || /[\s\\]/.test(statement[pos]!) ? skipTrivia(statement, pos) : pos;
    if (next < 0) return result + statement.slice(pos).replaceAll(/\s+/g, ' ');
    if (next > pos) {
      if (result !== '' && next < statement.length) result += ' ';
      pos = next;
      continue;
    }
    const quoted = /^(?:'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`)/.exec(statement.slice(pos))?.[0];
    const piece = quoted ?? statement[pos]!;
    result += quoted === undefined ? piece : piece.replaceAll(/\s*\n\s*/g, ' ');
    pos += piece.length;
  }
  return result.trim();
}

/** The entries of a history file, newest last. */
export function parseHistory(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}
