import type { Place, TopicRefusal, PlannedTopic } from '../../api/connector.ts';
import type { ListedTable } from './dialect.ts';
import type { SourceContext } from './source-settings.ts';
import { selectTables } from './table-lists.ts';
import { fullName } from './table-names.ts';

/** A chosen table that is not read. */
export interface LeftOut {
  readonly table: ListedTable;
  readonly reason: string;
  /** Another owner has the topic: another prefix fixes it. */
  readonly isTopics: boolean;
  /** Reading it would only return what a sink has written. */
  readonly isEcho: boolean;
}

export interface TableChoice {
  readonly tables: readonly ListedTable[];
  readonly leftOut: readonly LeftOut[];
}

/** Topic names that Kafka accepts. */
const TOPIC_NAME = /^(?!\.{1,2}$)[A-Za-z0-9._-]+$/;
const TOPIC_NAME_MAX = 249;

/**
 * The tables to read among the chosen ones. Each topic belongs to one table: the one that has it, otherwise the first.
 * What a sink of the worker writes is left out unless it is named.
 */
export function chooseTables(
  all: readonly ListedTable[],
  { settings, topicOf, capture }: Pick<SourceContext, 'settings' | 'topicOf' | 'capture'>,
  place: (table: ListedTable) => Place,
  refusal: (planned: PlannedTopic) => TopicRefusal | undefined,
  database: string,
): TableChoice {
  const isNamed = settings.lists.whitelist.length > 0;
  const tables: ListedTable[] = [];
  const leftOut: LeftOut[] = [];
  const byTopic = new Map<string, ListedTable>();
  const refusals: { readonly table: ListedTable; readonly topic: string; readonly reason: string }[] = [];
  const leave = (table: ListedTable, reason: string, kind?: 'topic' | 'echo'): void => {
    leftOut.push({ table, reason, isTopics: kind === 'topic', isEcho: kind === 'echo' });
  };
  for (const table of selectTables(all, settings.lists, database)) {
    const topic = topicOf(table);
    const unreadable = table.unreadable ?? (capture === undefined ? undefined : table.uncaptured);
    if (unreadable !== undefined) {
      leave(table, unreadable);
      continue;
    }
    if (topic.length > TOPIC_NAME_MAX) {
      leave(
        table,
        `${topic} has ${topic.length} characters, and the name of a topic ${TOPIC_NAME_MAX} at most: shorten topic.prefix`,
      );
      continue;
    }
    if (!TOPIC_NAME.test(topic)) {
      leave(
        table,
        `${topic} is no name for a topic, which has letters, digits, '.', '_' and '-' only: read it by a query ('query'='SELECT * FROM ...', and 'topic.prefix' is the topic)`,
      );
      continue;
    }
    const refused = refusal({ topic, place: place(table) });
    if (refused?.kind === 'echo') {
      if (isNamed && refused.circle !== undefined) leave(table, refused.circle, 'topic');
      else if (isNamed) tables.push(table);
      else leave(table, `${refused.reason}: named in tables it is read all the same`, 'echo');
      continue;
    }
    if (refused !== undefined) {
      refusals.push({ table, topic, reason: refused.reason });
      continue;
    }
    const other = byTopic.get(topic);
    if (other !== undefined) {
      leave(table, hasTopic(other, topic));
      continue;
    }
    byTopic.set(topic, table);
    tables.push(table);
  }
  // A topic of another chosen table does not belong to another owner.
  for (const { table, topic, reason } of refusals) {
    const other = byTopic.get(topic);
    if (other === undefined) leave(table, reason, 'topic');
    else leave(table, hasTopic(other, topic));
  }
  return { tables, leftOut };
}

const hasTopic = (other: ListedTable, topic: string): string =>
  `${fullName(other)} has topic ${topic} already: a connector for each schema (schema.pattern), each with a prefix of its own, tells them apart`;

/** One sentence for the user. */
export function leftOutText({ table, reason, isTopics }: LeftOut): string {
  return `Table ${fullName(table)} is not read: ${reason}${isTopics ? `. ${PREFIX_CURE}` : ''}`;
}

/** How to fix a topic with another owner. */
export const PREFIX_CURE =
  "With a prefix (prefix='db_', topic.prefix) the topics of this connector have names of their own";
