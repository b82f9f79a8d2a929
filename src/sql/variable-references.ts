import { Lexer } from './lexer/lexer.ts';
import type { Variables } from './variables.ts';

/** A variable that a text refers to. */
export interface VariableReference {
  /** As written at its first occurrence; not case-sensitive. */
  readonly name: string;
  /** Whether it occurs outside of strings at least once, where its value is one name or one literal. */
  readonly isBare: boolean;
}

/** A value for every variable: outside of strings the lexer needs values, and a number is a valid token everywhere. */
const ANY_VALUE: Variables = Object.freeze(Object.assign(new Map<string, string>(), { get: () => '0' }));

/**
 * The variables that statements refer to, in the order of their first occurrence.
 * @throws SluiceError SYNTAX when the text cannot be read as tokens
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
