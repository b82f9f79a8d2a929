import { Catalog } from '../../catalog/catalog.ts';
import { SluiceError } from '../../base/errors.ts';
import { serverConfig } from '../../config/server-config.ts';
import { FORMATS } from '../../formats/registry.ts';
import type { RegistrySchema } from '../../formats/api.ts';
import { BUILT_IN_REGISTRY } from '../../functions/built-in.ts';
import { parseStatements } from '../../sql/parse.ts';
import type { PlanContext, SubjectSchema, TopicInfo } from '../context.ts';
import { planPullQuery } from '../plan-pull.ts';
import { planStatement, isPlannable } from '../plan-statement.ts';
import { planTransientQuery, type TransientPlan } from '../plan-transient.ts';
import type { PullPlan } from '../pull/pull-plan.ts';
import type { StatementPlan } from '../statement-plan.ts';
import type { QueryPlan } from '../steps/steps.ts';

/** A planner on its own: each statement's plan is applied to the catalog and the topics, and nothing runs. */
export class PlanWorld {
  catalog = Catalog.EMPTY;
  readonly topics = new Map<string, TopicInfo>();
  readonly subjects = new Map<string, SubjectSchema>();
  readonly config = new Map<string, string>();
  /** Number of partitions of a topic that CREATE finds when PARTITIONS is not given. */
  partitions = 4;
  #queries = 0;

  get context(): PlanContext {
    const partitions = this.partitions;
    const topics = this.topics;
    return {
      catalog: this.catalog,
      functions: BUILT_IN_REGISTRY,
      formats: FORMATS,
      config: serverConfig(Object.fromEntries(this.config)),
      topics: {
        find: (name) => topics.get(name) ?? (name.startsWith('missing') ? undefined : { partitions, replicas: 1 }),
      },
      schemas: {
        latest: (subject) => this.subjects.get(subject),
        byId: (id) => [...this.subjects.values()].find((s) => s.id === id)?.schema,
      },
      nextQueryId: () => this.#queries++,
    };
  }

  schema(subject: string, id: number, schema: RegistrySchema): this {
    this.subjects.set(subject, { id, schema });
    return this;
  }

  /** Plans and applies a script; returns the plan of its last statement. */
  run(script: string): StatementPlan {
    let last: StatementPlan | undefined;
    for (const { statement, text } of parseStatements(script)) {
      if (!isPlannable(statement)) throw new Error(`${statement.kind} has no plan`);
      last = planStatement(statement, text, this.context);
      if (last.ddl !== undefined) this.catalog = this.catalog.apply(last.ddl);
      if (last.query === undefined) continue;
      const { plan, type } = last.query;
      const query = {
        id: plan.queryId,
        type,
        sources: plan.sources,
        sink: plan.sink,
        sql: text,
        plan,
        state: 'RUNNING',
      } as const;
      this.catalog = this.catalog.apply({ kind: 'AddQuery', query });
    }
    return last!;
  }

  /** The query plan of a script's last statement. */
  query(script: string): QueryPlan {
    return this.run(script).query!.plan;
  }

  push(text: string): TransientPlan {
    return planTransientQuery(this.#select(text), text, this.context);
  }

  pull(text: string): PullPlan {
    return planPullQuery(this.#select(text), text, this.context);
  }

  /** The error of a script or query. */
  refusal(attempt: (world: this) => unknown): SluiceError {
    try {
      attempt(this);
    } catch (error) {
      if (error instanceof SluiceError) return error;
      throw error;
    }
    throw new Error('nothing was refused');
  }

  #select(text: string) {
    const { statement } = parseStatements(text)[0]!;
    if (statement.kind !== 'Query') throw new Error(`${statement.kind} is no query`);
    return statement;
  }
}
