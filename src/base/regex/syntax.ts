/** The syntax tree of a java.util.regex pattern. A group without a number captures nothing. */
export type RegexNode =
  /** One character of a class; `text` is the class (or the character) in the syntax of JavaScript's v flag. */
  | { readonly kind: 'set'; readonly text: string }
  | { readonly kind: 'sequence'; readonly items: readonly RegexNode[] }
  | { readonly kind: 'choice'; readonly branches: readonly RegexNode[] }
  | {
      readonly kind: 'repeat';
      readonly body: RegexNode;
      readonly min: number;
      /** Infinity: unbounded. */
      readonly max: number;
      readonly mode: 'greedy' | 'lazy' | 'possessive';
    }
  | { readonly kind: 'group'; readonly number: number; readonly name: string | undefined; readonly body: RegexNode }
  | { readonly kind: 'atomic'; readonly body: RegexNode }
  | { readonly kind: 'look'; readonly behind: boolean; readonly negative: boolean; readonly body: RegexNode }
  /** Group 0 stands for a group that does not exist, which never matches. */
  | { readonly kind: 'reference'; readonly group: number }
  | { readonly kind: 'place'; readonly place: Place };

/** A condition on a position between two characters. `^` and `$` are those of a line where (?m) is set. */
export type Place =
  | 'text start'
  | 'text end'
  | 'last line end'
  | 'line start'
  | 'line end'
  | 'word edge'
  | 'no word edge';

/** A parsed pattern. */
export interface RegexSyntax {
  readonly pattern: string;
  readonly root: RegexNode;
  readonly groupCount: number;
  readonly groupNames: ReadonlyMap<string, number>;
  readonly ignoreCase: boolean;
}
