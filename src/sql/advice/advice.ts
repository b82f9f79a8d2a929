import { SluiceError } from '../../base/errors.ts';
import { spanOf } from '../../base/span.ts';
import { Lexer } from '../lexer/lexer.ts';
import type { Token } from '../lexer/token.ts';
import { clauseAdvice } from './clauses.ts';
import { connectorAdvice } from './connector-forms.ts';
import { creationAdvice } from './creations.ts';
import { gapAdvice, lastAdvice } from './gaps.ts';
import { foreignAdvice } from './other-dialects.ts';
import { punctuationAdvice } from './punctuation.ts';
import { slipAdvice } from './slips.ts';
import { spellingAdvice } from './spellings.ts';
import { strayAdvice } from './strays.ts';
import type { Stuck } from './stuck.ts';
import { unclosedAdvice } from './unclosed.ts';

/**
 * The same error with the advice of the first rule that recognizes the mistake: constructs of other dialects, clauses
 * out of order, commas and quotes. Computed only after a statement has failed; the message remains ksqlDB's. `start` is
 * where the statement begins.
 */
export function withAdvice(error: SluiceError, text: string, start: number, end: number): SluiceError {
  if (error.code !== 'SYNTAX' || error.span === undefined) return error;
  const stuck = examine(error, text, start, end);
  const advice =
    unclosedAdvice(error, text, start) ??
    connectorAdvice(stuck) ??
    strayAdvice(stuck) ??
    spellingAdvice(stuck) ??
    foreignAdvice(stuck) ??
    creationAdvice(stuck) ??
    gapAdvice(stuck) ??
    slipAdvice(stuck) ??
    clauseAdvice(stuck) ??
    punctuationAdvice(stuck) ??
    lastAdvice(stuck);
  if (advice === undefined) return error;
  return new SluiceError(error.code, withoutEscape(error.message), {
    span: advice.span ?? error.span,
    hint: advice.hint,
    cause: error.cause,
    statement: error.statement,
  });
}

/** Escaping a word that was meant as a keyword would be misleading. */
function withoutEscape(message: string): string {
  return message
    .replace(/^"[^"\n]*" is a reserved keyword and it can't be used as an identifier\..*\n?/m, '')
    .trimEnd();
}

function examine(error: SluiceError, text: string, start: number, end: number): Stuck {
  const span = error.span!;
  const tokens: Token[] = [];
  try {
    const lexer = new Lexer(text);
    if (start > 0) {
      const from = spanOf(text, start, start);
      lexer.seek(start, { kind: 'end', text: '', variable: null, ...from });
    }
    for (let token = lexer.next(); token.start < end; token = lexer.next()) {
      if (token.kind === 'end') break;
      tokens.push(token);
    }
  } catch {
    // Uses the tokens that can be read.
  }
  const found = tokens.findIndex((t) => t.start >= span.start);
  return {
    text,
    tokens,
    at: found === -1 ? tokens.length : found,
    span,
    expected: /Expecting (.*)$/s.exec(error.message)?.[1] ?? '',
    hint: error.hint,
  };
}
