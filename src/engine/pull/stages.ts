import { CostWatch } from '../../base/budget/cost-watch.ts';
import { compilePredicate, compileProjection } from '../../expr/compile/compile.ts';
import { failingAs, ofColumn } from './failing.ts';
import type { ProcessingLog } from '../../base/env.ts';
import type { CompileEnv } from '../../expr/compile/env.ts';
import { createCompiler } from '../../dataflow/task/expressions.ts';
import { AggregateCore } from '../../dataflow/operators/aggregate-core.ts';
import { RecordContext } from '../../dataflow/task/record-context.ts';
import type { PullGroup, PullJoin } from '../../plan/pull/pull-plan.ts';
import type { TypedExpr } from '../../expr/typed.ts';
import type { Row } from '../../types/row.ts';
import type { SqlType } from '../../types/sql-type.ts';
import { bytesOf, bytesOfRow } from '../row-size.ts';
import type { Budget } from './budget.ts';
import { identityOf } from './identity.ts';

/** Number of rows that are processed without interruption; then others may have a turn. */
export const PIECE = 256;

/** One step of processing an answer's rows. Rows that were pushed may be kept. */
export interface Stage {
  /** False: no more rows are wanted. */
  push(row: Row): boolean;
  /** Called after the last row; false: no more rows are wanted. Yields where it may be suspended. */
  finish(): Generator<undefined, boolean>;
}

/** A stage that may produce many rows from one. */
interface Spreading extends Pick<Stage, 'finish'> {
  /** Like `push`, but yields where it may be suspended. */
  spread(row: Row): Generator<undefined, boolean>;
}

/** A joined source: its rows in memory, by the values that the condition compares. */
export class HashJoin implements Spreading {
  readonly #rows = new Map<unknown, { readonly row: Row; matched: boolean }[]>();
  /** Rows with a null among those values: they match nothing, and appear only in an outer join. */
  readonly #unmatchable: Row[] = [];
  readonly #join: PullJoin;
  readonly #widths: { readonly left: number; readonly right: number };
  readonly #budget: Budget;
  readonly #next: Stage | HashJoin;
  /** Rows that were produced since it was last suspended. */
  #made = 0;
  readonly #leftKey: (row: Row) => Row;
  readonly #rightKey: (row: Row) => Row;
  readonly #identity: (values: readonly unknown[]) => unknown;
  readonly #also: ((row: Row) => boolean) | undefined;
  readonly #keepsLeft: boolean;
  readonly #keepsRight: boolean;
  readonly #watch: CostWatch;

  constructor(
    join: PullJoin,
    widths: { readonly left: number; readonly right: number },
    site: { readonly compile: CompileEnv; readonly budget: Budget },
    next: Stage | HashJoin,
  ) {
    this.#join = join;
    this.#widths = widths;
    this.#budget = site.budget;
    this.#next = next;
    this.#leftKey = projection(join.left, site.compile, () => 'the key of a join');
    this.#rightKey = projection(join.right, site.compile, () => 'the key of a join');
    this.#identity = identityOf(join.left.map((e) => e.type));
    this.#also = join.also && predicateOf(join.also, site.compile);
    this.#keepsLeft = join.type === 'LEFT' || join.type === 'OUTER';
    this.#keepsRight = join.type === 'RIGHT' || join.type === 'OUTER';
    this.#watch = new CostWatch(site.compile.functionEnv.work);
  }

  /** Takes a row of the joined source, before the first `push`. */
  hold(row: Row): void {
    const values = this.#rightKey(row);
    const isNull = values.includes(null);
    if (isNull && !this.#keepsRight) return;
    this.#budget.take(bytesOfRow(row), 'the rows of a joined source');
    if (isNull) {
      this.#unmatchable.push(row);
      return;
    }
    const id = this.#identity(values);
    const same = this.#rows.get(id);
    const held = { row, matched: false };
    if (same === undefined) this.#rows.set(id, [held]);
    else same.push(held);
  }

  *spread(row: Row): Generator<undefined, boolean> {
    const values = this.#leftKey(row);
    const same = values.includes(null) ? undefined : this.#rows.get(this.#identity(values));
    let met = false;
    for (const held of same ?? []) {
      const joined = [...row, ...held.row];
      if (++this.#made % PIECE === 0 || this.#watch.isDue()) yield;
      if (this.#also !== undefined && !this.#also(joined)) continue;
      met = true;
      held.matched = true;
      if (!(yield* this.#hand(joined))) return false;
    }
    return met || !this.#keepsLeft || (yield* this.#hand([...row, ...nulls(this.#widths.right)]));
  }

  *finish(): Generator<undefined, boolean> {
    if (this.#keepsRight) {
      const blank = nulls(this.#widths.left);
      for (const row of this.#unmatched()) {
        if (!(yield* this.#hand([...blank, ...row]))) return false;
        if (++this.#made % PIECE === 0 || this.#watch.isDue()) yield;
      }
    }
    return yield* this.#next.finish();
  }

  *#unmatched(): Generator<Row> {
    yield* this.#unmatchable;
    for (const same of this.#rows.values()) for (const held of same) if (!held.matched) yield held.row;
  }

  *#hand(row: Row): Generator<undefined, boolean> {
    return this.#next instanceof HashJoin ? yield* this.#next.spread(row) : this.#next.push(row);
  }

  get type(): PullJoin['type'] {
    return this.#join.type;
  }
}

function nulls(width: number): Row {
  return Array.from({ length: width }, () => null);
}

/** Keeps the rows that satisfy a condition. */
export class Filter implements Stage {
  readonly #holds: (row: Row) => boolean;
  readonly #next: Stage;

  constructor(predicate: TypedExpr, compile: CompileEnv, next: Stage) {
    this.#holds = predicateOf(predicate, compile);
    this.#next = next;
  }

  push(row: Row): boolean {
    return !this.#holds(row) || this.#next.push(row);
  }

  finish(): Generator<undefined, boolean> {
    return this.#next.finish();
  }
}

interface Group {
  readonly keys: Row;
  state: Row;
  rows: number;
  bytes: number;
}

/** GROUP BY, aggregates and HAVING. The resulting rows contain the results of the calls, then the keys. */
export class Groups implements Stage {
  readonly #groups = new Map<unknown, Group>();
  readonly #core: AggregateCore;
  readonly #keys: (row: Row) => Row;
  readonly #identity: (values: readonly unknown[]) => unknown;
  readonly #isOne: boolean;
  readonly #having: ((row: Row) => boolean) | undefined;
  readonly #budget: Budget;
  readonly #next: Stage;
  /** Whether intermediate values grow with the rows, as lists and maps do. */
  readonly #grows: boolean;
  readonly #watch: CostWatch;

  constructor(
    group: PullGroup,
    site: { readonly compile: CompileEnv; readonly budget: Budget; readonly log: ProcessingLog },
    next: Stage,
  ) {
    this.#watch = new CostWatch(site.compile.functionEnv.work);
    const compiler = createCompiler(site.compile, {
      log: site.log,
      logger: 'pull',
      context: new RecordContext(),
    });
    this.#core = new AggregateCore(
      [],
      group.calls.map((call) => {
        const aggregator = compiler.aggregator(call);
        return {
          aggregator,
          args: call.args.map((arg, i) => compiler.value(arg, `argument ${i + 1} of ${call.name}`)),
          intermediate: aggregator.intermediate,
        };
      }),
    );
    this.#isOne = group.keys.length === 0;
    this.#keys = projection(group.keys, site.compile, () => 'an expression of GROUP BY');
    this.#identity = identityOf(group.keys.map((k) => k.type));
    this.#having = group.having && predicateOf(group.having, site.compile);
    this.#grows = group.calls.some((c) => isCompound(c.intermediate));
    this.#budget = site.budget;
    this.#next = next;
  }

  push(row: Row): boolean {
    const keys = this.#isOne ? NO_KEYS : this.#keys(row);
    const group = this.#group(keys);
    this.#core.add(group.state, row);
    group.rows++;
    // Measured whenever the number of rows has doubled, so that at most the same amount again is not counted.
    if (this.#grows && (group.rows & (group.rows - 1)) === 0) {
      const bytes = bytesOfRow(group.state) + bytesOfRow(group.keys);
      this.#budget.take(bytes - group.bytes, 'groups');
      group.bytes = bytes;
    }
    return true;
  }

  *finish(): Generator<undefined, boolean> {
    if (this.#isOne) this.#group(NO_KEYS);
    let made = 0;
    for (const group of this.#groups.values()) {
      if (++made % PIECE === 0 || this.#watch.isDue()) yield;
      const row = this.#core.snapshot(group.state);
      row.push(...group.keys);
      if (this.#having !== undefined && !this.#having(row)) continue;
      if (!this.#next.push(row)) return false;
    }
    return yield* this.#next.finish();
  }

  #group(keys: Row): Group {
    const id = this.#isOne ? 0 : this.#identity(keys);
    let group = this.#groups.get(id);
    if (group === undefined) {
      const state = this.#core.initial();
      const bytes = bytesOfRow(state) + bytesOfRow(keys);
      this.#budget.take(bytes, 'groups');
      this.#groups.set(id, (group = { keys, state, rows: 0, bytes }));
    }
    return group;
  }
}

const NO_KEYS: Row = [];

function isCompound(type: SqlType): boolean {
  return type.kind === 'ARRAY' || type.kind === 'MAP' || type.kind === 'STRUCT' || type.kind === 'BYTES';
}

/** Removes duplicate rows. */
export class Distinct implements Stage {
  readonly #seen = new Set<unknown>();
  readonly #identity: (values: readonly unknown[]) => unknown;
  readonly #budget: Budget;
  readonly #next: Stage;

  /** `types`: of the row's first columns, which are compared. */
  constructor(types: readonly SqlType[], budget: Budget, next: Stage) {
    this.#identity = identityOf(types);
    this.#budget = budget;
    this.#next = next;
  }

  push(row: Row): boolean {
    const id = this.#identity(row);
    if (this.#seen.has(id)) return true;
    this.#budget.take(48 + bytesOf(id), 'distinct rows');
    this.#seen.add(id);
    return this.#next.push(row);
  }

  finish(): Generator<undefined, boolean> {
    return this.#next.finish();
  }
}

/** Computes the columns of the answer, followed by the values by which it is sorted. */
export class Project implements Stage {
  readonly #make: (row: Row) => Row;
  readonly #next: Stage;

  /** `columns`: those of the answer, which come first. */
  constructor(
    expressions: readonly TypedExpr[],
    columns: readonly { readonly name: string }[],
    compile: CompileEnv,
    next: Stage,
  ) {
    this.#make = projection(expressions, compile, ofColumn(columns));
    this.#next = next;
  }

  push(row: Row): boolean {
    return this.#next.push(this.#make(row));
  }

  finish(): Generator<undefined, boolean> {
    return this.#next.finish();
  }
}

/** The last stage: the first `limit` rows of the answer, waiting to be read. */
export class Collected implements Stage {
  #rows: Row[] = [];
  #left: number;

  constructor(limit: number) {
    this.#left = limit;
  }

  get isFull(): boolean {
    return this.#left <= 0;
  }

  get waiting(): number {
    return this.#rows.length;
  }

  push(row: Row): boolean {
    if (this.#left > 0) {
      this.#left--;
      this.#rows.push(row);
    }
    return this.#left > 0;
  }

  // eslint-disable-next-line require-yield
  *finish(): Generator<undefined, boolean> {
    return false;
  }

  take(): Row[] {
    const rows = this.#rows;
    this.#rows = [];
    return rows;
  }
}

function projection(
  expressions: readonly TypedExpr[],
  compile: CompileEnv,
  what: (column: number) => string,
): (row: Row) => Row {
  const make = compileProjection(expressions, compile);
  const failing = failingAs(compile, what);
  return (row) => make(row, failing);
}

function predicateOf(predicate: TypedExpr, compile: CompileEnv): (row: Row) => boolean {
  const holds = compilePredicate(predicate, compile);
  const failing = failingAs(compile, () => 'the condition');
  return (row) => holds(row, failing);
}
