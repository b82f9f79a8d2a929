import { must } from '../../base/assert.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import type { TypedExpr } from '../../expr/typed.ts';
import type { TablePullPlan } from '../../plan/pull/pull-plan.ts';
import type { Expression } from '../../sql/ast/expressions.ts';
import type { Query } from '../../sql/ast/query.ts';
import type { Row } from '../../types/row.ts';
import type { SqlType } from '../../types/sql-type.ts';
import type { Config } from '../../base/config/config.ts';
import { faultTexts, type QueryFaults } from '../queries/query-faults.ts';
import { noticeOf, type QueryHandle } from '../query-handle.ts';
import type { Services } from '../services.ts';
import type { Session } from '../session.ts';
import type { PreparedRead } from './kept-rows.ts';

/** Most plans of each kind that are remembered; the oldest go first. */
const MAX_PLANS = 1000;

/** A look at a table by its whole key, planned and compiled. */
interface KeyedPlan {
  readonly catalog: Catalog;
  readonly config: Config;
  readonly columns: TablePullPlan['columns'];
  readonly limit: number;
  readonly read: PreparedRead;
  readonly project: (row: Row) => Row;
  /** Faults counted over all answers of the plan. */
  readonly faults: QueryFaults;
  /** Where among the text's literals the key's columns stand. */
  readonly key: readonly Slot[];
  /** Texts of the literals that are no key: another one is another plan. */
  readonly fixed: readonly (string | undefined)[];
}

interface Slot {
  readonly literal: number;
  readonly type: SqlType;
}

/**
 * Plans of look-ups by key, by the shape of their text: the text with its literals cut out, those that are the key
 * being parameters. They hold as long as catalog and configuration stay as they are. Such a look-up is most of what
 * pull queries are, and planning it costs many times what the look-up does.
 */
export class PlanCache {
  readonly #shapes = new Map<string, KeyedPlan>();

  /** The answer, if the plan of such a text is known. */
  answer(text: string, session: Session, services: Services): QueryHandle | undefined {
    const shape = shapeOf(text, session);
    if (shape === undefined) return undefined;
    const plan = this.#shapes.get(shape.key);
    if (plan === undefined) return undefined;
    if (plan.catalog !== services.catalog.current || plan.config !== services.config) {
      this.#shapes.delete(shape.key);
      return undefined;
    }
    if (plan.fixed.some((fixed, i) => fixed !== undefined && fixed !== must(shape.literals[i], 'literal').text))
      return undefined;
    const key = plan.key.map(({ literal, type }) => valueOf(must(shape.literals[literal], 'literal').text, type));
    if (key.includes(undefined)) return undefined;
    const found = plan.read.rowsOf(key);
    if (found === undefined) return undefined;
    const before = plan.faults.counts;
    const rows = (plan.limit < found.length ? found.slice(0, plan.limit) : found).map((row) => ({
      values: plan.project(row),
      tombstone: false,
    }));
    const notice = noticeOf(faultTexts([{ faults: plan.faults, before }]));
    return {
      kind: 'PULL',
      queryId: pullQueryId(services),
      columns: plan.columns,
      ready: rows,
      ...(notice !== undefined && { notice: () => notice }),
      async *rows() {
        if (rows.length > 0) yield rows;
        return 'COMPLETED';
      },
      close: () => Promise.resolve(),
    };
  }

  /** Remembers a plan if it is a look-up by literals that are the whole key, and nothing else is asked of the row. */
  remember(
    text: string,
    query: Query,
    plan: TablePullPlan,
    prepared: Pick<KeyedPlan, 'read' | 'project' | 'faults'>,
    at: { readonly session: Session; readonly services: Services; readonly catalog: Catalog },
  ): void {
    const { session, services, catalog } = at;
    const shape = shapeOf(text, session);
    const [lookup] = plan.lookups;
    if (shape === undefined || plan.lookups.length !== 1 || lookup?.kind !== 'KEY' || plan.windowed) return;
    if (catalog !== services.catalog.current || query.where === null) return;
    const slots = slotsOf(query.where, plan, shape);
    if (slots === undefined) return;
    const parameters = new Set(slots.map((s) => s.literal));
    if (this.#shapes.size >= MAX_PLANS) this.#shapes.delete(this.#shapes.keys().next().value!);
    this.#shapes.set(shape.key, {
      catalog,
      config: services.config,
      columns: plan.columns,
      limit: plan.limit ?? Infinity,
      ...prepared,
      key: slots,
      fixed: shape.literals.map((l, i) => (parameters.has(i) ? undefined : l.text)),
    });
  }
}

/** Unique enough to be found in a log. */
export function pullQueryId({ env }: Pick<Services, 'env'>): string {
  return `query_${env.clock.nowMs()}_${env.random.uuid().slice(0, 8)}`;
}

interface Shape {
  readonly key: string;
  readonly literals: readonly { readonly text: string; readonly start: number }[];
}

const LITERAL = /'(?:[^']|'')*'|\b\d+\b/g;
/** Comments, quoted names and variables: where a literal stands is then not so easily told. */
const NOT_PLAIN = /--|\/\*|["`$]/;

function shapeOf(text: string, session: Session): Shape | undefined {
  if (session.variables.size > 0 || NOT_PLAIN.test(text)) return undefined;
  const literals: { text: string; start: number }[] = [];
  const cut = text.replace(LITERAL, (literal, start: number) => {
    literals.push({ text: literal, start });
    return literal.startsWith("'") ? '?s' : '?n';
  });
  const properties = session.properties.size === 0 ? '' : JSON.stringify([...session.properties]);
  return { key: `${cut}\0${properties}`, literals };
}

/** Which literal each key column is compared to, if WHERE is just that. */
function slotsOf(where: Expression, plan: TablePullPlan, shape: Shape): Slot[] | undefined {
  const equalities = conjunctsOf(where);
  const [lookup] = plan.lookups;
  if (lookup?.kind !== 'KEY' || equalities.length !== lookup.key.length) return undefined;
  const slots: (Slot | undefined)[] = lookup.key.map(() => undefined);
  for (const e of equalities) {
    if (e.kind !== 'Comparison' || e.op !== '=') return undefined;
    const [column, value] = e.left.kind === 'ColumnReference' ? [e.left, e.right] : [e.right, e.left];
    if (column.kind !== 'ColumnReference') return undefined;
    const at = plan.row.slice(0, lookup.key.length).findIndex((c) => c.name === column.name);
    const literal = shape.literals.findIndex(
      (l) => l.start === value.span.start && l.start + l.text.length === value.span.end,
    );
    if (at === -1 || literal === -1) return undefined;
    const { type } = must(plan.row[at], 'column');
    if (valueOf(must(shape.literals[literal], 'literal').text, type) !== literalOf(must(lookup.key[at], 'key column')))
      return undefined;
    slots[at] = { literal, type };
  }
  return slots.includes(undefined) ? undefined : (slots as Slot[]);
}

function conjunctsOf(e: Expression): Expression[] {
  return e.kind === 'Logical' && e.op === 'AND' ? [...conjunctsOf(e.left), ...conjunctsOf(e.right)] : [e];
}

function literalOf(e: TypedExpr): unknown {
  return e.kind === 'literal' ? e.value : e.kind === 'cast' ? literalOf(e.operand) : undefined;
}

/** The value that a literal's text has as a key of this type; undefined where planning must say what it is. */
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
