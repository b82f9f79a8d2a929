import { must } from '../../../base/assert.ts';
import type { Expression } from '../../../sql/ast/expressions.ts';
import type { Query } from '../../../sql/ast/query.ts';
import type { PlanContext } from '../../context.ts';
import { reject } from '../../errors.ts';
import { rejectMapKeys } from '../../serde/map-keys.ts';
import type { BoundSource } from '../from/bind-sources.ts';
import { callsOf } from '../expressions.ts';
import { flatten } from '../qualify.ts';
import { isKeyColumn, type KeyColumn, type Relation, type Typer } from '../relation.ts';
import { derivedName, entriesOf, NameGenerator, type SelectEntry } from '../select/select-items.ts';

interface PartitionSite {
  readonly query: Query;
  readonly typer: Typer;
  readonly context: PlanContext;
  readonly isJoin: boolean;
}

/** PARTITION BY: sets a new key. Does nothing when the key is the same already. @throws SluiceError STATEMENT */
export function partitionSteps(
  input: Relation,
  expressions: readonly Expression[],
  entries: readonly SelectEntry[],
  site: PartitionSite,
): Relation {
  const { query, typer, context } = site;
  const first = must(query.partitionBy[0], 'expression of PARTITION BY');
  if (query.groupBy.length > 0) throw reject('PARTITION BY and GROUP BY cannot be used together.', first.span);
  if (input.step.relation === 'TABLE')
    throw reject(
      'PARTITION BY is only supported for streams.',
      first.span,
      'A table has its key for good. CREATE TABLE … AS SELECT column, … GROUP BY column; makes one of another key.',
    );
  if (input.step.out.window !== undefined) {
    throw reject(
      'Implicit repartitioning of windowed sources is not supported. See https://github.com/confluentinc/ksql/issues/4385.',
      first.span,
    );
  }
  for (const expression of expressions) {
    const aggregates = [
      ...callsOf(expression, 'AGGREGATE', context.functions),
      ...callsOf(expression, 'TABLE', context.functions),
    ];
    if (aggregates.length > 0) {
      throw reject(
        `PARTITION BY does not support ${aggregates[0]!.name}: it is not a scalar function.`,
        expression.span,
      );
    }
  }
  const isNull = expressions.some((e) => e.kind === 'NullLiteral');
  if (isNull && expressions.length > 1) throw reject('Cannot PARTITION BY multiple columns including NULL', first.span);
  if (isNull) return withKey(input, [], [], []);
  if (isKeyAlready(input, expressions)) {
    return { ...input, key: input.key.map((k, i) => ({ ...k, stands: [must(expressions[i], 'expression')] })) };
  }
  const typed = expressions.map((e) => typer.check(e, input, 'PARTITION BY'));
  const names = keyNamesOf(expressions, entries, []);
  const columns = typed.map((t, i) => ({ name: must(names[i], 'name'), type: t.type }));
  rejectMapKeys(
    columns,
    expressions.map((e) => e.span),
  );
  return withKey(
    input,
    typed,
    columns,
    columns.map((c, i): KeyColumn => ({ ...c, stands: [must(expressions[i], 'expression')] })),
  );

  function withKey(
    relation: Relation,
    keys: typeof typed,
    outKey: typeof columns,
    keyColumns: readonly KeyColumn[],
  ): Relation {
    return {
      ...relation,
      key: keyColumns,
      keyIsInternal: false,
      step: {
        kind: 'StreamSelectKey',
        name: 'PartitionBy',
        relation: 'STREAM',
        out: { key: outKey, row: relation.step.out.row },
        source: relation.step,
        expressions: keys,
      },
    };
  }
}

function isKeyAlready(input: Relation, expressions: readonly Expression[]): boolean {
  return (
    input.key.length === expressions.length && input.key.every((column, i) => isKeyColumn(column, expressions[i]!))
  );
}

/** Names for key columns that are expressions: the projection's name for it, or the one it would generate. */
export function keyNamesOf(
  expressions: readonly Expression[],
  entries: readonly SelectEntry[],
  sources: readonly BoundSource[],
): string[] {
  const generator = new NameGenerator(sources);
  return expressions.map((expression) => {
    const selected = entriesOf(entries, expression)[0];
    if (selected !== undefined) return selected.name;
    const flat = flatten(expression, sources.length > 1);
    return derivedName(flat, sources, generator);
  });
}
