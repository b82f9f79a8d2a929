import type { Catalog } from '../catalog/catalog.ts';
import type { Ddl, QueryChange } from '../catalog/ddl.ts';
import type { RegistrySchema } from '../formats/api.ts';
import { FORMATS } from '../formats/registry.ts';
import type { PlanContext, SchemaLookup, SubjectSchema, TopicInfo, TopicLookup } from '../plan/context.ts';
import type { Needs } from '../plan/prefetch.ts';
import type { StatementPlan } from '../plan/statement-plan.ts';
import type { Config } from '../base/config/config.ts';
import { checkNotProtected } from './protected-topics.ts';
import type { Services } from './services.ts';

/**
 * What statements are planned against: a catalog snapshot, and fetched data of topics and schemas. A script is first
 * planned, statement by statement, against a sandbox world that absorbs each plan without executing anything, so that
 * an invalid statement means that nothing has happened. Then each statement is planned again against the real world and
 * executed.
 */
export class PlanningWorld {
  catalog: Catalog;
  readonly #services: Services;
  readonly #topics = new Map<string, TopicInfo | undefined>();
  readonly #latest = new Map<string, SubjectSchema | undefined>();
  readonly #byId = new Map<number, RegistrySchema | undefined>();
  /** Why subjects and ids could not be fetched; only a caller that looks one up needs to know. */
  readonly #unfetched = new Map<string | number, unknown>();
  /** Subjects whose schema exists only in the sandbox have made-up ids. */
  #madeUpId = 1_000_000_000;
  #nextQuery: number;

  constructor(services: Services, catalog: Catalog, nextQuery: number) {
    this.#services = services;
    this.catalog = catalog;
    this.#nextQuery = nextQuery;
  }

  get nextQuery(): number {
    return this.#nextQuery;
  }

  /** Fetches what planning a statement will look up, except what the sandbox already knows (its own effects). */
  async fetch(needs: Needs): Promise<void> {
    const { log, registry, config, connect } = this.#services;
    for (const topic of needs.topics) checkNotProtected(topic, config);
    await Promise.all([
      ...needs.topics
        .filter((name) => !this.#topics.has(name))
        .map(async (name) => {
          const found = await log.admin.describeTopic(name);
          this.#topics.set(
            name,
            found && {
              partitions: found.partitions,
              replicas: found.replicas,
              cleanupPolicy: found.configs['cleanup.policy'],
              connector: connect?.embedded?.writerOf(name),
              retentionMs:
                found.configs['retention.ms'] === undefined ? undefined : Number(found.configs['retention.ms']),
            },
          );
        }),
      ...needs.subjects
        .filter((subject) => !this.#latest.has(subject))
        .map(async (subject) => {
          await this.#orLater(subject, async () => {
            const found = await registry.latest(subject);
            this.#latest.set(subject, found && { id: found.id, schema: found.schema });
          });
        }),
      ...needs.schemaIds
        .filter((id) => !this.#byId.has(id))
        .map(async (id) => {
          await this.#orLater(id, async () => {
            this.#byId.set(id, await registry.schemaById(id));
          });
        }),
    ]);
  }

  /** An unavailable registry fails only the statements that need it. */
  async #orLater(name: string | number, fetch: () => Promise<void>): Promise<void> {
    try {
      await fetch();
      this.#unfetched.delete(name);
    } catch (error) {
      this.#unfetched.set(name, error);
    }
  }

  #fetched<K extends string | number, V>(known: ReadonlyMap<K, V>, name: K): V | undefined {
    if (!known.has(name) && this.#unfetched.has(name)) throw this.#unfetched.get(name);
    return known.get(name);
  }

  context(config: Config): PlanContext {
    const topics: TopicLookup = { find: (name) => this.#topics.get(name) };
    const schemas: SchemaLookup = {
      latest: (subject) => this.#fetched(this.#latest, subject),
      byId: (id) => this.#fetched(this.#byId, id),
    };
    return {
      catalog: this.catalog,
      functions: this.#services.functions,
      formats: FORMATS,
      config,
      topics,
      schemas,
      nextQueryId: () => this.#nextQuery++,
      transientSuffix: () => this.#services.env.random.uuid().replaceAll('-', '').slice(0, 19),
    };
  }

  /** Applies a plan's effects as if it had been executed. */
  absorb(plan: StatementPlan, changes: readonly (Ddl | QueryChange)[]): void {
    for (const topic of plan.topics) {
      if (!topic.exists)
        this.#topics.set(topic.name, {
          partitions: topic.partitions,
          replicas: topic.replicas,
          cleanupPolicy: topic.configs['cleanup.policy'],
        });
    }
    for (const { subject, schema, mode } of plan.schemas) {
      if (mode === 'ifAbsent' && this.#latest.get(subject) !== undefined) continue;
      this.#latest.set(subject, { id: this.#madeUpId++, schema });
    }
    if (plan.deletes) {
      this.#topics.set(plan.deletes.topic, undefined);
      for (const subject of plan.deletes.subjects) this.#latest.set(subject, undefined);
    }
    for (const change of changes) this.catalog = this.catalog.apply(change);
  }
}
