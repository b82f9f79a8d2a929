import { adviceAt, find, word, written, type Advice, type Stuck } from './stuck.ts';

/** What to do without the constraints that other dialects have after a column's type or as separate entries. */
const CONSTRAINTS: Readonly<Record<string, string>> = {
  NOT: 'NOT NULL is not supported: any value column may be null. Leave it out; WHERE column IS NOT NULL drops such rows.',
  NULL: 'Any value column may be null: leave NULL out.',
  DEFAULT: 'DEFAULT is not supported: leave it out. COALESCE(column, value) in a SELECT puts a value for null.',
  UNIQUE: 'UNIQUE is not supported: a table has one row for each PRIMARY KEY.',
  REFERENCES: 'Foreign keys are not declared: leave REFERENCES out, and name the columns where you JOIN.',
  CHECK: 'CHECK is not supported: CREATE STREAM … AS SELECT … WHERE …; lets through what fits.',
  AUTO_INCREMENT: 'AUTO_INCREMENT is not supported: UUID() makes ids.',
  GENERATED: 'GENERATED is not supported: CREATE STREAM … AS SELECT …, expression AS column computes one.',
  COMMENT: 'COMMENT is not supported: a comment in a script is written -- like this.',
  COLLATE: 'COLLATE is not supported: texts compare by their code points.',
};

/** Constraints of columns and of tables in a column list. */
export function constraintAdvice(stuck: Stuck): Advice | undefined {
  const i = stuck.at;
  const found = word(stuck, i);
  if (Object.hasOwn(CONSTRAINTS, found) && /','/.test(stuck.expected)) return adviceAt(stuck, i, CONSTRAINTS[found]!);
  // PRIMARY KEY (a) as a separate entry is parsed as a column PRIMARY of type KEY(…).
  if (word(stuck, i - 3) === 'PRIMARY' && word(stuck, i - 2) === 'KEY' && stuck.tokens[i - 1]?.kind === '(') {
    const type = typeOf(stuck, word(stuck, i)) ?? '…';
    return adviceAt(stuck, i - 3, `The key is marked at its column: ${written(stuck, i)} ${type} PRIMARY KEY.`);
  }
  const key = find(stuck, 'FOREIGN', 'KEY');
  if (key !== -1 && key >= i - 4)
    return adviceAt(stuck, key, 'Foreign keys are not declared: leave it out, and name the columns where you JOIN.');
  return undefined;
}

/** The word after a column's name in the column list, if the column is there. */
function typeOf(stuck: Stuck, column: string): string | undefined {
  const at = stuck.tokens.findIndex(
    (t, n) =>
      t.kind === 'word' &&
      t.text === column &&
      (stuck.tokens[n - 1]?.kind === '(' || stuck.tokens[n - 1]?.kind === ','),
  );
  return at === -1 || at >= stuck.at ? undefined : written(stuck, at + 1);
}
