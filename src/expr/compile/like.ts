import { assertNever } from '../../base/assert.ts';
/** What a LIKE pattern asks, in the cheapest form. */
export type LikePlan =
  | { readonly kind: 'any' }
  | { readonly kind: 'equals'; readonly text: string }
  | { readonly kind: 'prefix'; readonly text: string }
  | { readonly kind: 'suffix'; readonly text: string }
  | { readonly kind: 'contains'; readonly text: string }
  | { readonly kind: 'around'; readonly prefix: string; readonly suffix: string }
  | { readonly kind: 'regex'; readonly regex: RegExp };

type Piece = string | { readonly any: true } | { readonly one: true };

/** Plans a pattern: `%` is any text, `_` one character, and the character after `escape` is itself. */
export function planLike(pattern: string, escape: string | null): LikePlan {
  const pieces = split(pattern, escape);
  if (pieces.some((p) => typeof p === 'object' && 'one' in p)) return regexPlan(pieces);
  const isAny = (p: Piece | undefined): boolean => typeof p === 'object';
  const texts = pieces.filter((p): p is string => typeof p === 'string');
  if (texts.length === 0) return pieces.length === 0 ? { kind: 'equals', text: '' } : { kind: 'any' };
  const open = isAny(pieces[0]);
  const close = isAny(pieces.at(-1));
  if (texts.length === 1) {
    const text = texts[0]!;
    if (open && close) return { kind: 'contains', text };
    if (open) return { kind: 'suffix', text };
    return close ? { kind: 'prefix', text } : { kind: 'equals', text };
  }
  if (texts.length === 2 && !open && !close) return { kind: 'around', prefix: texts[0]!, suffix: texts[1]! };
  return regexPlan(pieces);
}

function split(pattern: string, escape: string | null): Piece[] {
  const pieces: Piece[] = [];
  let text = '';
  const flush = (): void => {
    if (text !== '') pieces.push(text);
    text = '';
  };
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i]!;
    if (c === escape && i + 1 < pattern.length) text += pattern[++i]!;
    else if (c === '%') {
      flush();
      const last = pieces.at(-1);
      if (typeof last !== 'object' || !('any' in last)) pieces.push({ any: true });
    } else if (c === '_') {
      flush();
      pieces.push({ one: true });
    } else text += c;
  }
  flush();
  return pieces;
}

function regexPlan(pieces: readonly Piece[]): LikePlan {
  const body = pieces.map((p) =>
    typeof p === 'string' ? p.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&') : 'any' in p ? '.*' : '.',
  );
  return { kind: 'regex', regex: new RegExp(`^${body.join('')}$`, 'su') };
}

/** A matcher for patterns that are known only per row; it remembers the last one. */
export function likeMatcher(escape: string | null): (value: string, pattern: string) => boolean {
  let lastPattern: string | undefined;
  let last: (value: string) => boolean = () => false;
  return (value, pattern) => {
    if (pattern !== lastPattern) {
      last = matcherOf(planLike(pattern, escape));
      lastPattern = pattern;
    }
    return last(value);
  };
}

export function matcherOf(plan: LikePlan): (value: string) => boolean {
  switch (plan.kind) {
    case 'any':
      return () => true;
    case 'equals':
      return (value) => value === plan.text;
    case 'prefix':
      return (value) => value.startsWith(plan.text);
    case 'suffix':
      return (value) => value.endsWith(plan.text);
    case 'contains':
      return (value) => value.includes(plan.text);
    case 'around': {
      const { prefix, suffix } = plan;
      const min = prefix.length + suffix.length;
      return (value) => value.length >= min && value.startsWith(prefix) && value.endsWith(suffix);
    }
    case 'regex':
      return (value) => plan.regex.test(value);
    default:
      return assertNever(plan);
  }
}
