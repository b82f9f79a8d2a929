import type { Source } from '../../catalog/source.ts';
import type { ConnectorConfig, TopicColumn, TopicSchema } from '../../connect/client/api.ts';
import { canWiden } from '../../plan/ddl/evolution.ts';
import type { QueryPlan, SourceStep } from '../../plan/steps/steps.ts';
import { allSteps } from '../../plan/steps/walk.ts';
import { formatName, formatString } from '../../sql/printer/names.ts';
import type { Column } from '../../types/schema.ts';
import { formatType, quoteIdentifier, typesEqual, type SqlType } from '../../types/sql-type.ts';
import type { Services } from '../services.ts';
import { columnMeant, sqlNames } from './column-names.ts';
import { readingOf } from './declared-columns.ts';
import { columnType } from './column-type.ts';
import { dropWithTopics } from './topic-users.ts';

/** The mode of sources that capture changes of their tables. */
const CAPTURE = 'cdc';
const POLICY = 'schema.change.policy';

/** Whether new columns of a connector's tables are added automatically to the sources that were declared for it. */
export const takesColumnsIn = (config: ConnectorConfig): boolean =>
  config['mode'] === CAPTURE && (config[POLICY] ?? 'evolve').toLowerCase() === 'evolve';

/**
 * How the sources that a connector declared, and the queries over its topics, differ from what it currently writes:
 * columns that were added, dropped or changed in the database since. Known only for topics of the embedded worker.
 * `topics`: only sources over these are examined.
 */
export function driftNotes(
  connector: string,
  config: ConnectorConfig,
  services: Services,
  topics?: ReadonlySet<string>,
): readonly string[] {
  const evolves = takesColumnsIn(config);
  const seen = new Set<string>();
  return [...services.catalog.current.sources.values()].flatMap((source) => {
    if (topics?.has(source.topic.name) === false) return [];
    const known = services.connect?.embedded?.topicSchema(source.topic.name);
    if (known?.connector !== connector || source.isCasTarget) return [];
    const ofQueries = seen.has(known.topic) ? [] : driftOfQueries(source, known, services);
    seen.add(known.topic);
    return [...driftOf(source, known, evolves, services), ...ofQueries];
  });
}

/** New columns of a connector's topics that are missing in the sources that were declared for it. */
export function columnsToAdd(
  connector: string,
  services: Services,
): readonly { readonly source: Source; readonly columns: readonly TopicColumn[] }[] {
  return [...services.catalog.current.sources.values()].flatMap((source) => {
    const known = services.connect?.embedded?.topicSchema(source.topic.name);
    if (source.createdBy !== connector || known?.connector !== connector) return [];
    const names = new Set([...source.schema.key, ...source.schema.value].map((c) => c.name.toUpperCase()));
    const columns = known.value.filter((c) => !names.has(c.name.toUpperCase()));
    return columns.length === 0 ? [] : [{ source, columns }];
  });
}

/** A column whose type cannot hold what is written to the topic now. */
interface Changed {
  readonly name: string;
  readonly from: SqlType;
  readonly to: SqlType;
}

function driftOf(source: Source, known: TopicSchema, evolves: boolean, services: Services): string[] {
  const topic = source.topic.name;
  const declared = source.schema.value.filter((c) => c.role === 'VALUE');
  const all = [...source.schema.key, ...declared];
  // A user who lists columns has chosen them.
  const isOurs = source.createdBy !== undefined;
  const { named } = sqlNames(known);
  const added = named
    .filter(({ name, column }) => isOurs && known.value.includes(column) && columnMeant(name, all) === undefined)
    .map(({ name }) => name);
  /** The columns that the user has to add by a statement. */
  const asked = evolves ? [] : added;
  const gone = declared.filter((c) => isOurs && columnMeant(c.name, known.value) === undefined);
  const format = source.topic.valueFormat.format;
  const changed = changedAmong(declared, known.value, format, false);
  const keys = keyChanges(source.schema.key, known);
  const parts = [
    ...(asked.length > 0 ? [`has ${listed(asked)} besides`] : []),
    ...(gone.length > 0 ? [`no longer has ${listed(gone.map((c) => c.name))}, NULL in new rows`] : []),
    ...(changed.length > 0 ? [`has changed ${changesText(changed)}`] : []),
  ];
  const notes: string[] = [];
  const target = `${source.kind} ${formatName(source.name)}`;
  const withTopic = `WITH (KAFKA_TOPIC=${formatString(topic)})`;
  if (added.length > asked.length)
    notes.push(
      `Topic ${topic} has ${listed(added)} besides: ${source.name} gets new columns by itself ('${POLICY}'='evolve')`,
    );
  if (parts.length > 0) {
    const leftOut = changed.length > 0 ? ', and rows whose values do not fit are left out' : '';
    const cure = changed.every((c) => canWiden(format, c.from, c.to))
      ? `CREATE OR REPLACE ${target} ${withTopic}; takes ${cureOf(asked, changed)} in`
      : `DROP ${target}; and CREATE ${target} ${withTopic}; take them in`;
    const way =
      asked.length + changed.length > 0 ? cure : `DROP ${target}; and CREATE ${target} ${withTopic}; leave them out`;
    notes.push(`Topic ${topic} ${parts.join('; it ')}: ${source.name} stands as it was declared${leftOut}. ${way}`);
  }
  // A column with a DEFAULT changes no existing row in the database, so no row is read again automatically.
  if (added.length > 0 && source.kind === 'TABLE')
    notes.push(
      `Rows that were there before ${listed(added)} have NULL there until they change, also where the database has a DEFAULT. RESET CONNECTOR OFFSETS OF ${formatName(known.connector)}; reads all rows again`,
    );
  const keyless = isOurs && source.schema.key.length > 0 && known.key.length === 0;
  if (keyless)
    notes.push(
      `The rows of topic ${topic} no longer have a key: ${source.name}${source.kind === 'TABLE' ? ' does not read new ones' : ' has NULL there'}. ` +
        `A primary key in the database, or ${dropWithTopics(known.connector, [topic], services)} and CREATE it anew`,
    );
  if (keys.length > 0)
    notes.push(
      `The key of topic ${topic} has changed ${changesText(keys)}: rows under keys of before stay beside the new ones, and ${source.name} does not read the new ones. ` +
        `${dropWithTopics(known.connector, [topic], services)} and CREATE it anew`,
    );
  return notes;
}

function cureOf(added: readonly string[], changed: readonly Changed[]): string {
  if (changed.length === 0) return 'new columns';
  return added.length === 0 ? 'the new types' : 'new columns and types';
}

/** Queries keep the types with which they were planned, even if their source has others now. */
function driftOfQueries(source: Source, known: TopicSchema, { catalog }: Services): string[] {
  const topic = source.topic.name;
  return [...catalog.current.queries.values()].flatMap((query) => {
    const steps = allSteps((query.plan as QueryPlan).root).filter(
      (step): step is SourceStep => 'topic' in step && 'schema' in step && step.topic === topic,
    );
    const format = source.topic.valueFormat.format;
    const changed = steps.flatMap((step) =>
      changedAmong(step.schema.value, known.value, format, false).filter((c) => isRead(step, c.name)),
    );
    if (changed.length === 0) return [];
    const sink = query.sink === undefined ? undefined : catalog.current.source(query.sink);
    const recreated =
      sink === undefined || query.type === 'CREATE_SOURCE'
        ? 'create it anew'
        : query.type === 'INSERT'
          ? `TERMINATE ${query.id}; and the INSERT INTO anew read the new types`
          : `DROP ${sink.kind} ${formatName(sink.name)}; and CREATE ${sink.kind} anew read the new types`;
    return [
      `Query ${query.id} reads ${typesText(changed, 'from')}, as it was when the query began, and topic ${topic} has ${typesText(changed, 'to')} by now: rows whose values do not fit are left out, as the processing log says. ${recreated}`,
    ];
  });
}

function isRead(step: SourceStep, name: string): boolean {
  const at = step.schema.value.filter((c) => c.role !== 'HEADERS').findIndex((c) => c.name === name);
  return step.columns.some((c) => c.from === 'VALUE' && c.index === at);
}

function changedAmong(
  declared: readonly Pick<Column, 'name' | 'type'>[],
  written: readonly TopicColumn[],
  format: string,
  isKey: boolean,
): Changed[] {
  return declared.flatMap(({ name, type }) => {
    const now = columnMeant(name, written);
    const to = now && typeOf(now.type);
    if (to === undefined || readingOf(format, isKey, to, type) === 'whole') return [];
    return [{ name, from: type, to }];
  });
}

/** A key of another type has other bytes. */
function keyChanges(declared: readonly Column[], { key }: TopicSchema): Changed[] {
  if (declared.length !== key.length) return [];
  return declared.flatMap(({ name, type }, i) => {
    const to = typeOf(key[i]!.type);
    return to === undefined || typesEqual(to, type) ? [] : [{ name, from: type, to }];
  });
}

function changesText(changed: readonly Changed[]): string {
  return changed.map((c) => `${quoteIdentifier(c.name)} from ${formatType(c.from)} to ${formatType(c.to)}`).join(', ');
}

/** `` `FEE` as DECIMAL(5, 2) `` for each column. */
function typesText(changed: readonly Changed[], which: 'from' | 'to'): string {
  return changed.map((c) => `${quoteIdentifier(c.name)} as ${formatType(c[which])}`).join(', ');
}

function listed(names: readonly string[]): string {
  return names.map(quoteIdentifier).join(', ');
}

/** Like `columnType`; undefined when SQL has no such type. */
function typeOf(text: string): SqlType | undefined {
  try {
    return columnType(text);
  } catch {
    return undefined;
  }
}
