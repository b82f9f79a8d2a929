import { messageOf } from '../../base/errors.ts';
import type { Services } from '../services.ts';
import { topicsOf } from './cluster-declarations.ts';
import { formatName } from '../../sql/printer/names.ts';
import { quoteIdentifier } from '../../types/sql-type.ts';
import { Session } from '../session.ts';
import { declareSources } from './declare-sources.ts';
import { columnsToAdd, takesColumnsIn } from './drift.ts';

/** How often running connectors are checked for new topics, in ms. */
const CHECK_INTERVAL_MS = 5000;

/**
 * Declares sources for topics that connectors start to write later, as when a table is created in the database while
 * the connector runs. Topics that a connector wrote before the watch first saw it count as known: they were declared,
 * or the user has dropped their sources since.
 */
export class DeclarationWatch {
  readonly #services: Services;
  readonly #exclusively: (task: () => Promise<void>) => Promise<void>;
  readonly #known = new Map<string, Set<string>>();
  /** Connectors that existed before this server started: a missing source over their topics was dropped. */
  #inherited: ReadonlySet<string> = new Set();
  readonly #stop = new AbortController();
  #loop: Promise<void> = Promise.resolve();

  /** `exclusively` runs a task while no statement runs. */
  constructor(services: Services, exclusively: (task: () => Promise<void>) => Promise<void>) {
    this.#services = services;
    this.#exclusively = exclusively;
  }

  start(): void {
    this.#loop = (async () => {
      await this.#inherit();
      for (;;) {
        try {
          await this.#services.env.timers.sleep(CHECK_INTERVAL_MS, this.#stop.signal);
        } catch {
          return;
        }
        await this.#check().catch((error: unknown) => {
          this.#services.env.logger.warn('Looking for new topics of connectors failed', { error: messageOf(error) });
        });
      }
    })();
  }

  async #inherit(): Promise<void> {
    try {
      this.#inherited = new Set(Object.keys((await this.#services.connect?.list()) ?? {}));
    } catch (error) {
      this.#services.env.logger.warn('The connectors are not known yet', { error: messageOf(error) });
    }
  }

  async #check(): Promise<void> {
    const { connect, connectors, catalog } = this.#services;
    if (!connect || !connectors) return;
    const listing = await connectors.listing();
    for (const name of this.#known.keys()) if (!(name in listing)) this.#known.delete(name);
    for (const [name, { info }] of Object.entries(listing)) {
      if (info?.type !== 'source') continue;
      const topics = connect.embedded
        ? (await connect.embedded.sourceDeclarations(name, 0)).map((d) => d.topic)
        : await topicsOf(connect, name, info.config, this.#services.log);
      if (!connect.embedded) await connectors.learnTopics(name, topics);
      let known = this.#known.get(name);
      if (known === undefined) {
        // Topics since the end of CREATE CONNECTOR: a new table, or the first records in a cluster.
        const late = !this.#inherited.has(name);
        known = new Set(late ? topics.filter((t) => catalog.current.sourcesOfTopic(t).length > 0) : topics);
        this.#known.set(name, known);
      }
      if (topics.some((topic) => !known.has(topic))) await this.#declare(name, known, topics);
      if (takesColumnsIn(info.config)) await this.#evolve(name);
    }
  }

  /** Adds new columns of a captured table to the source that was declared for it. */
  async #evolve(connector: string): Promise<void> {
    if (columnsToAdd(connector, this.#services).length === 0) return;
    await this.#exclusively(async () => {
      for (const { source, columns } of columnsToAdd(connector, this.#services)) {
        const added = columns.map((c) => `ADD COLUMN ${quoteIdentifier(c.name.toUpperCase())} ${c.type}`).join(', ');
        const statement = `ALTER ${source.kind} ${formatName(source.name)} ${added};`;
        await this.#services.runStatement(statement, new Session());
        this.#services.env.logger.info('Added columns of a changed table', { connector, statement });
      }
    });
  }

  async #declare(name: string, known: Set<string>, topics: readonly string[]): Promise<void> {
    const { connect, catalog } = this.#services;
    await this.#exclusively(async () => {
      // CREATE CONNECTOR may have declared them while this waited for it to end.
      if (!connect!.embedded)
        for (const topic of topics) if (catalog.current.sourcesOfTopic(topic).length > 0) known.add(topic);
      const fresh = topics.filter((topic) => !known.has(topic));
      if (fresh.length === 0) return;
      const declared = await declareSources(connect!, name, 0, this.#services, new Set(fresh));
      // A topic of a cluster without records is examined again later.
      for (const topic of connect!.embedded ? fresh : declared.map((d) => d.topic)) known.add(topic);
      for (const { statement, note } of declared) {
        if (statement !== null)
          this.#services.env.logger.info('Declared a source for a new topic', { connector: name, statement });
        else if (note?.endsWith('declared over this topic already') === true)
          this.#services.env.logger.debug('A new topic was declared before', { connector: name, note });
        else if (note !== null)
          this.#services.env.logger.warn('A new topic was not declared', { connector: name, note });
      }
    });
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
  }
}
