import type { ColumnReference, Expression } from '../../../sql/ast/expressions.ts';
import { NO_SPAN } from '../../../base/span.ts';
import { type BoundSource, columnNames } from './bind-sources.ts';
import { internalName } from '../qualify.ts';
import type { Relation } from '../relation.ts';
import { codecOf, sourceStep } from './source-step.ts';

/** A source with all its columns in the row. Unused columns are pruned when the plan is complete. */
export function sourceRelation(bound: BoundSource, name: string, isJoin: boolean, materialized: boolean): Relation {
  const { source, alias } = bound;
  const rename = (column: string): string => internalName(alias, column, isJoin);
  return {
    step: sourceStep({ source, name, wanted: columnNames(source), rename, materialized }),
    codec: codecOf(source),
    key: source.schema.key.map((c) => ({
      name: rename(c.name),
      type: c.type,
      stands: [reference(alias, c.name)],
    })),
    keyIsInternal: false,
  };
}

/** A column reference that has no position in the text. */
export function reference(qualifier: string | null, name: string): ColumnReference & Expression {
  return { kind: 'ColumnReference', qualifier, name, span: NO_SPAN };
}
