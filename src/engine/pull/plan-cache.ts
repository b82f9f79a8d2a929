import { must } from '../../base/assert.ts';
import type { Work } from '../../base/budget/work.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import type { TypedExpr } from '../../expr/typed.ts';
import type { TablePullPlan } from '../../plan/pull/pull-plan.ts';
import type { Expression } from '../../sql/ast/expressions.ts';
import type { Query } from '../../sql/ast/query.ts';
import type { Key, Row } from '../../types/row.ts';
import type { SqlType } from '../../types/sql-type.ts';
import type { Config } from '../../base/config/config.ts';
import { faultTexts, type QueryFaults } from '../queries/query-faults.ts';
import { noticeOf, type QueryEnd, type QueryHandle, type ResultRow } from '../query-handle.ts';
import type { Services } from '../services.ts';
import type { Session } from '../session.ts';
import type { PreparedRead } from './kept-rows.ts';
import { bareText, headOf, literalsOf, StatementShape } from './statement-shape.ts';

/**
 * The most different beginnings of texts that are remembered (the oldest are dropped first), and the most plans of
 * each.
 */
const MAX_HEADS = 1000;
const MAX_ALIKE = 8;

/** A planned and compiled lookup in a table by its whole key. */
interface KeyedPlan {
  readonly shape: StatementShape;
  /** The meaning of each literal that is replaced in the shape. */
  readonly slots: readonly Slot[];
  readonly properties: string;
  readonly catalog: Catalog;
  readonly config: Config;
  /** The table's topic. */
  readonly topic: string | undefined;
  readonly columns: TablePullPlan['columns'];
  readonly limit: number;
  readonly read: PreparedRead;
  readonly project: (row: Row) => Row;
  /** Failures, counted over all answers of the plan. */
  readonly faults: QueryFaults;
  /** What its rows take. */
  readonly work: Work;
}

/** A column of the key. */
interface Slot {
  readonly column: number;
  readonly type: SqlType;
}

/**
 * Plans of lookups by key, by the shape of their text: the text with the literals for the key removed. They are valid
 * while catalog and configuration are unchanged. Most pull queries are such lookups, and planning one costs many times
 * as much as the lookup.
 */
export class PlanCache {
  /** By the text before the first literal. */
  readonly #plans = new Map<string, readonly KeyedPlan[]>();

  /** The answer, if a plan for the text's shape is known. */
  answer(text: string, session: Session, services: Services): QueryHandle | undefined {
    if (session.variables.size > 0) return undefined;
    const bare = bareText(text);
    const head = headOf(bare);
    const plans = this.#plans.get(head);
    if (plans === undefined) return undefined;
    const properties = propertiesOf(session);
    for (const plan of plans) {
      if (plan.catalog !== services.catalog.current || plan.config !== services.config) continue;
      const key = plan.properties === properties ? keyIn(bare, plan) : undefined;
      if (key === undefined) continue;
      return answerOf(plan, key, services, () => {
        const others = (this.#plans.get(head) ?? []).filter((p) => p !== plan);
        if (others.length === 0) this.#plans.delete(head);
        else this.#plans.set(head, others);
      });
    }
    return undefined;
  }

  /** Remembers a plan if it is a lookup by literals for the whole key with no other condition. */
  remember(
    text: string,
    query: Query,
    plan: TablePullPlan,
    prepared: Pick<KeyedPlan, 'read' | 'project' | 'faults' | 'work'>,
    at: { readonly session: Session; readonly services: Services; readonly catalog: Catalog },
  ): void {
    const { session, services, catalog } = at;
    if (session.variables.size > 0 || catalog !== services.catalog.current || query.where === null) return;
    const bare = bareText(text);
    const parameters = parametersOf(query.where, plan, bare, query.span.start);
    if (parameters === undefined) return;
    const head = headOf(bare);
    const known: KeyedPlan = {
      shape: new StatementShape(
        bare,
        parameters.map((p) => p.literal),
      ),
      slots: parameters,
      properties: propertiesOf(session),
      catalog,
      config: services.config,
      topic: catalog.source(plan.source)?.topic.name,
      columns: plan.columns,
      limit: plan.limit ?? Infinity,
      ...prepared,
    };
    const alike = (this.#plans.get(head) ?? []).filter((p) => p.catalog === known.catalog && p.config === known.config);
    this.#plans.delete(head);
    if (this.#plans.size >= MAX_HEADS) this.#plans.delete(must(this.#plans.keys().next().value, 'head of the oldest'));
    this.#plans.set(head, [known, ...alike.slice(0, MAX_ALIKE - 1)]);
  }
}

/** Undefined where the plan cannot answer by itself. */
function answerOf(plan: KeyedPlan, key: Key, services: Services, forget: () => void): QueryHandle | undefined {
  // Where not all rows are there yet the reader is told how far it is.
  if (plan.topic !== undefined && services.connect?.embedded?.readingOf(plan.topic) !== undefined) return undefined;
  const { faults, project, columns, limit } = plan;
  const before = faults.counts;
  const found = plan.read.rowsOf(key);
  if (found === undefined) return undefined;
  const rows: ResultRow[] = [];
  try {
    for (const row of found) if (rows.length < limit) rows.push({ values: project(row), tombstone: false });
  } catch (error) {
    // A row takes too many steps. The plan would say so of each row from now on: planned anew the statement ends with
    // it, or does not, by itself.
    if (plan.work.exceeded !== error) throw error;
    forget();
    return undefined;
  }
  const notice = faults.counts === before ? undefined : noticeOf(faultTexts([{ faults, before }]));
  return {
    kind: 'PULL',
    queryId: pullQueryId(services),
    columns,
    ready: rows,
    ...(notice !== undefined && { notice: () => notice }),
    rows: () => handedOut(rows),
    close: () => Promise.resolve(),
  };
}

async function* handedOut(rows: readonly ResultRow[]): AsyncGenerator<readonly ResultRow[], QueryEnd> {
  if (rows.length > 0) yield rows;
  return 'COMPLETED';
}

/** Unique enough to be found in a log. */
export function pullQueryId({ env }: Pick<Services, 'env'>): string {
  return `query_${env.clock.nowMs()}_${env.random.uuid().slice(0, 8)}`;
}

function propertiesOf({ properties }: Session): string {
  return properties.size === 0 ? '' : JSON.stringify([...properties]);
}

/** The key in a text of the plan's shape. */
function keyIn(text: string, { shape, slots }: KeyedPlan): Key | undefined {
  const literals = shape.literalsIn(text);
  if (literals === undefined) return undefined;
  const key: Key = [];
  for (let i = 0; i < slots.length; i++) {
    const { column, type } = must(slots[i], 'slot');
    const value = valueOf(must(literals[i], 'literal'), type);
    if (value === undefined) return undefined;
    key[column] = value;
  }
  return key;
}

interface Parameter extends Slot {
  readonly literal: { readonly text: string; readonly start: number };
}

/**
 * The literals in the text that the key's columns are compared with, in textual order; undefined when WHERE is anything
 * else. `start`: the position of the text in what was parsed.
 */
function parametersOf(
  where: Expression,
  plan: TablePullPlan,
  text: string,
  start: number,
): readonly Parameter[] | undefined {
  const [lookup] = plan.lookups;
  if (plan.lookups.length !== 1 || lookup?.kind !== 'KEY' || plan.windowed) return undefined;
  const literals = literalsOf(text);
  const equalities = conjunctsOf(where);
  if (literals === undefined || equalities.length !== lookup.key.length) return undefined;
  const parameters: Parameter[] = [];
  for (const equality of equalities) {
    if (equality.kind !== 'Comparison' || equality.op !== '=') return undefined;
    const [named, value] =
      equality.left.kind === 'ColumnReference' ? [equality.left, equality.right] : [equality.right, equality.left];
    if (named.kind !== 'ColumnReference') return undefined;
    const column = plan.row.slice(0, lookup.key.length).findIndex((c) => c.name === named.name);
    const literal = literals.find(
      (l) => l.start === value.span.start - start && l.start + l.text.length === value.span.end - start,
    );
    if (column === -1 || literal === undefined || parameters.some((p) => p.column === column)) return undefined;
    const { type } = must(plan.row[column], 'column');
    if (valueOf(literal.text, type) !== literalOf(must(lookup.key[column], 'key column'))) return undefined;
    parameters.push({ column, type, literal });
  }
  return parameters.toSorted((a, b) => a.literal.start - b.literal.start);
}

function conjunctsOf(e: Expression): Expression[] {
  return e.kind === 'Logical' && e.op === 'AND' ? [...conjunctsOf(e.left), ...conjunctsOf(e.right)] : [e];
}

function literalOf(e: TypedExpr): unknown {
  return e.kind === 'literal' ? e.value : e.kind === 'cast' ? literalOf(e.operand) : undefined;
}

/** The value of a literal's text as a key of this type; undefined when only planning can tell. */
function valueOf(text: string, type: SqlType): unknown {
  const isText = text.startsWith("'");
  switch (type.kind) {
    case 'STRING':
      return isText ? text.slice(1, -1).replaceAll("''", "'") : undefined;
    case 'INTEGER':
      return !isText && text.length < 10 ? Number(text) : undefined;
    case 'BIGINT':
      return !isText && text.length < 16 ? Number(text) : undefined;
    default:
      return undefined;
  }
}
