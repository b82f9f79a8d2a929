import { SluiceError } from '../../base/errors.ts';

const NAMED: Readonly<Record<string, string>> = { TAB: '\t', SPACE: ' ' };

/**
 * The character that VALUE_DELIMITER or KEY_DELIMITER specifies: itself, or TAB or SPACE by name.
 * @throws SluiceError STATEMENT with ksqlDB's message
 */
export function delimiterOf(text: string): string {
  if (text.trim() === '') {
    throw new SluiceError(
      'STATEMENT',
      "Delimiter cannot be empty, if you meant to have a tab or space for delimiter, please use the special values 'TAB' or 'SPACE'\n" +
        "Example valid value: ';'",
    );
  }
  const named = NAMED[text];
  if (named !== undefined) return named;
  if (text.length > 1) {
    throw new SluiceError(
      'STATEMENT',
      `Invalid delimiter value: '${text}'. Delimiter must be a single character or TAB,SPACE\nExample valid value: ';'`,
    );
  }
  return text;
}
