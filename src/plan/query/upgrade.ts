import { must } from '../../base/assert.ts';
import { quoteIdentifier, typesEqual } from '../../types/sql-type.ts';
import { reject } from '../errors.ts';
import type { AggregateStep, QueryPlan, SourceStep, Step } from '../steps/steps.ts';
import { allSteps, inputsOf, mapInputs } from '../steps/walk.ts';
import { exprKey } from './expressions.ts';
import type { AnyNode } from '../../sql/ast/visit.ts';

/**
 * Checks that CREATE OR REPLACE may replace a running query and keep its state: both plans must read the same sources
 * through the same stateful steps. Filters and projections may be added, changed and removed.
 * @throws SluiceError STATEMENT with ksqlDB's messages
 */
export function checkUpgrade(before: QueryPlan, after: QueryPlan): void {
  if (equal(before.root, after.root)) return;
  compare(significant(before.root), significant(after.root));
}

/**
 * The plan that replaces `before`, able to read what is in its internal topics: an aggregation that was not two-phase
 * does not become so.
 */
export function continuing(before: QueryPlan, after: QueryPlan): QueryPlan {
  const wasTwoPhase = allSteps(before.root).some((s) => 'twoPhase' in s && s.twoPhase === true);
  return wasTwoPhase ? after : { ...after, root: inOnePhase(after.root) };
}

function inOnePhase(step: Step): Step {
  const mapped = mapInputs(step, inOnePhase);
  return 'twoPhase' in mapped ? { ...mapped, twoPhase: undefined } : mapped;
}

/** The next step below that an upgrade must not change. */
function significant(step: Step): Step {
  switch (step.kind) {
    case 'StreamFilter':
    case 'TableFilter':
    case 'StreamSelect':
    case 'TableSelect':
      return significant(step.source);
    default:
      return step;
  }
}

function compare(before: Step, after: Step): void {
  if (before.kind !== after.kind) {
    throw reject(`Query is not upgradeable. Plan type mismatch: ${shown(before)} cannot become ${shown(after)}.`);
  }
  switch (before.kind) {
    case 'StreamSource':
    case 'TableSource':
    case 'WindowedStreamSource':
    case 'WindowedTableSource':
      compareSources(before, after as SourceStep);
      return;
    case 'StreamAggregate':
      compareAggregates(before, after as AggregateStep);
      break;
    case 'StreamSelectKey':
    case 'StreamGroupBy':
    case 'StreamGroupByKey': {
      const other = after as typeof before;
      const texts = [before, other].map((s) => s.expressions.map((e) => exprText(e)).join());
      if (texts[0] !== texts[1]) throw reject(`Query is not upgradeable. ${shown(before)} must keep its key.`);
      break;
    }
    case 'StreamSink':
    case 'TableSink':
    case 'Repartition':
    case 'StreamFilter':
    case 'TableFilter':
    case 'StreamSelect':
    case 'TableSelect':
      break;
    default:
      throw reject(
        `Upgrades not yet supported for ${shown(before)}`,
        undefined,
        "Its state would not fit: DROP it with DELETE TOPIC, and CREATE it again. To read what its streams hold already, run SET 'auto.offset.reset'='earliest'; before. Without DELETE TOPIC the topic keeps its rows, and they come once more.",
      );
  }
  const inputs = inputsOf(after);
  for (const [i, input] of inputsOf(before).entries())
    compare(significant(input), significant(must(inputs[i], 'input')));
}

function compareSources(before: SourceStep, after: SourceStep): void {
  const fields = (s: SourceStep): string => JSON.stringify([s.source, s.topic, s.codec, s.timestamp ?? null]);
  if (fields(before) !== fields(after)) {
    throw reject(
      `Query is not upgradeable. ${shown(before)} must read the same source: ${before.source} vs. ${after.source}`,
    );
  }
}

function compareAggregates(before: AggregateStep, after: AggregateStep): void {
  const names = (s: AggregateStep): string => `[${s.nonAggregateColumns.map(quoteIdentifier).join(', ')}]`;
  if (names(before) !== names(after)) {
    throw reject(
      `StreamAggregate must have matching columns not part of aggregate. Values differ: ${names(before)} vs. ${names(after)}`,
      undefined,
      'What is kept for the groups was made of other columns. DROP the table and create it anew: it then reads its source from the beginning, where auto.offset.reset is earliest.',
    );
  }
  const calls = (s: AggregateStep): string =>
    s.calls.map((c) => `${c.name}#${c.signature}(${c.args.map(exprText).join()})`).join();
  const types =
    before.calls.length === after.calls.length &&
    before.calls.every((c, i) => typesEqual(c.intermediate, after.calls[i]!.intermediate));
  if (calls(before) !== calls(after) || !types) {
    throw reject('StreamAggregate must have matching aggregation functions. Values differ: aggregate calls changed.');
  }
}

/** Expressions as text by column name rather than by position, since a wider source moves columns. */
function exprText(expression: object): string {
  return JSON.stringify(expression, (key, value: unknown) => {
    if (key === 'index') return undefined;
    return typeof value === 'bigint' ? `${value}n` : value;
  });
}

/** Whether two steps are equal except for the names of columns in rows. */
function equal(a: Step, b: Step): boolean {
  return exprKey(a as unknown as AnyNode) === exprKey(b as unknown as AnyNode);
}

function shown(step: Step): string {
  return step.kind;
}
