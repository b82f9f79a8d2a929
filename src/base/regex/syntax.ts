/** A regular expression of java.util.regex as a tree. A group of no number captures nothing. */
export type RegexNode =
  /** One character of a class: `text` is the class (or the character) as JavaScript's flag v reads it. */
  | { readonly kind: 'set'; readonly text: string }
  | { readonly kind: 'sequence'; readonly items: readonly RegexNode[] }
  | { readonly kind: 'choice'; readonly branches: readonly RegexNode[] }
  | {
      readonly kind: 'repeat';
      readonly body: RegexNode;
      readonly min: number;
      /** Infinity: no upper bound. */
      readonly max: number;
      readonly mode: 'greedy' | 'lazy' | 'possessive';
    }
  | { readonly kind: 'group'; readonly number: number; readonly name: string | undefined; readonly body: RegexNode }
  | { readonly kind: 'atomic'; readonly body: RegexNode }
  | { readonly kind: 'look'; readonly behind: boolean; readonly negative: boolean; readonly body: RegexNode }
  /** Group 0: a group that is not there, which never matches. */
  | { readonly kind: 'reference'; readonly group: number }
  | { readonly kind: 'place'; readonly place: Place };

/** What is asked of a place between characters. `^` and `$` are those of a line where (?m) is set. */
export type Place =
  | 'text start'
  | 'text end'
  | 'last line end'
  | 'line start'
  | 'line end'
  | 'word edge'
  | 'no word edge';

/** A pattern that was read. */
export interface RegexSyntax {
  readonly pattern: string;
  readonly root: RegexNode;
  readonly groupCount: number;
  readonly groupNames: ReadonlyMap<string, number>;
  readonly ignoreCase: boolean;
}
