import type { SqlType } from '../types/sql-type.ts';
import { BIGINT, INTEGER } from '../types/sql-type.ts';

/** A column that every row has in addition to those of its schema. */
export interface PseudoColumn {
  readonly name: 'ROWTIME' | 'ROWPARTITION' | 'ROWOFFSET';
  readonly type: SqlType;
}

export const PSEUDO_COLUMNS: readonly PseudoColumn[] = [
  { name: 'ROWTIME', type: BIGINT },
  { name: 'ROWPARTITION', type: INTEGER },
  { name: 'ROWOFFSET', type: BIGINT },
];

/** The additional columns of windowed sources and aggregates. */
export const WINDOW_BOUNDS = ['WINDOWSTART', 'WINDOWEND'] as const;

const SYSTEM_NAMES: ReadonlySet<string> = new Set([...PSEUDO_COLUMNS.map((p) => p.name), ...WINDOW_BOUNDS]);

/** Whether a name is reserved and may not be given to a column. */
export function isSystemName(name: string): boolean {
  return SYSTEM_NAMES.has(name);
}

export function isWindowBound(name: string): name is (typeof WINDOW_BOUNDS)[number] {
  return name === 'WINDOWSTART' || name === 'WINDOWEND';
}

/** The n-th generated column name. */
export function generatedName(n: number): string {
  return `KSQL_COL_${n}`;
}

/** An identifier within a string, as in TIMESTAMP='ts': it is upper-cased unless quoted. */
export function identifierText(text: string): string {
  const trimmed = text.trim();
  const quoted = /^(`|")(.*)\1$/s.exec(trimmed);
  return quoted === null ? trimmed.toUpperCase() : quoted[2]!.replaceAll(quoted[1]! + quoted[1]!, quoted[1]!);
}

/** `A`, `A and B`, `A, B and C`. */
export function listAnd(items: readonly string[]): string {
  return listWith(items, 'and');
}

/** `A`, `A or B`, `A, B or C`. */
export function listOr(items: readonly string[]): string {
  return listWith(items, 'or');
}

function listWith(items: readonly string[], word: string): string {
  if (items.length < 2) return items.join('');
  return `${items.slice(0, -1).join(', ')} ${word} ${items.at(-1)!}`;
}
