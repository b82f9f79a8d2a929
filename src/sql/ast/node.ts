import type { Span } from '../../base/span.ts';

/**
 * Common to all nodes of the tree. `span` is the position in the parsed text (NO_SPAN for nodes created by a rewrite).
 */
export interface Node {
  readonly kind: string;
  readonly span: Span;
}

/**
 * A resolved name: upper-cased if it was unquoted, exact if it was quoted (by back-quotes or double quotes). `quoted`
 * is how it was written; names are compared by `name` alone.
 */
export interface Identifier extends Node {
  readonly kind: 'Identifier';
  readonly name: string;
  readonly quoted: boolean;
}
