import type { Span } from '../../base/span.ts';

/**
 * What every node of the tree has. `span` is the place in the text that was parsed (NO_SPAN where a rewrite made it).
 */
export interface Node {
  readonly kind: string;
  readonly span: Span;
}

/**
 * A name as resolved: upper-cased where it stood unquoted, exact where it was quoted (back-quotes or double quotes).
 * `quoted` is what the text had; compare names by `name` alone.
 */
export interface Identifier extends Node {
  readonly kind: 'Identifier';
  readonly name: string;
  readonly quoted: boolean;
}
