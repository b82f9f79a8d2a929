import { Lexer } from './lexer/lexer.ts';
import type { Variables } from './variables.ts';

/** A variable that a text refers to. */
export interface VariableReference {
  /** As it is written where it stands first; case does not matter. */
  readonly name: string;
  /** It stands outside of strings somewhere, where its value is one name or one literal. */
  readonly isBare: boolean;
}

/** Outside of strings the lexer reads values: a number is one wherever it only looks for tokens. */
const ANY_VALUE: Variables = Object.freeze(Object.assign(new Map<string, string>(), { get: () => '0' }));

/**
 * The variables of statements, in the order in which they stand there.
 * @throws SluiceError SYNTAX for what is no token
 */
export function variableReferences(text: string): readonly VariableReference[] {
  const found = new Map<string, VariableReference>();
  const lexer = new Lexer(text, ANY_VALUE);
  for (let token = lexer.next(); token.kind !== 'end'; token = lexer.next()) {
    const isBare = token.variable !== null;
    if (!isBare && token.kind !== 'string') continue;
    for (const [reference, name] of text.slice(token.start, token.end).matchAll(/\$?\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g)) {
      if (reference.startsWith('$$')) continue;
      const key = name!.toUpperCase();
      const earlier = found.get(key);
      found.set(key, { name: earlier?.name ?? name!, isBare: isBare || earlier?.isBare === true });
    }
  }
  return [...found.values()];
}
