/** Names of what a query owns. They are ksqlDB's, so that existing ACLs and dashboards fit. */

/** `serviceId` as ksqlDB has it: `default_` by default. */
export function internalTopicPrefix(serviceId: string, queryId: string): string {
  return `_confluent-ksql-${serviceId}query_${queryId}-`;
}

/**
 * Of these topics those that a query made for itself. `others`: the queries that there are beside it, for the name of
 * one may be the beginning of another's, up to a hyphen.
 */
export function internalTopicsOf(
  topics: readonly string[],
  serviceId: string,
  queryId: string,
  others: Iterable<string>,
): string[] {
  const own = internalTopicPrefix(serviceId, queryId);
  const foreign = [...others].filter((id) => id !== queryId).map((id) => internalTopicPrefix(serviceId, id));
  return topics.filter((name) => name.startsWith(own) && !foreign.some((prefix) => name.startsWith(prefix)));
}

/** The consumer group of a persistent query. */
export function consumerGroup(serviceId: string, queryId: string): string {
  return `_confluent-ksql-${serviceId}query_${queryId}`;
}

/** The compacted topic that a store can be restored from. */
export function changelogTopic(prefix: string, store: string): string {
  return `${prefix}${store}-changelog`;
}

/** What stands for a store where a sub-topology has none: its changelog holds the offsets of its tasks' inputs. */
export function offsetsStore(subTopology: number): string {
  return `Offsets-${subTopology}`;
}

/** A step's name as it stands in names of stores and topics. */
export function dashed(stepName: string): string {
  return stepName.replaceAll('/', '-');
}

/** The store in which a table source keeps its rows, where the plan wants them kept. */
export function sourceStore(stepName: string): string {
  return `${dashed(stepName)}-store`;
}

/** The store of a stream-stream join for rows that have found no other yet. */
export function unmatchedStore(stepName: string): string {
  return `${dashed(stepName)}-outer-shared`;
}

/** The store of a foreign-key join for who asks for which row of the other table. */
export function subscriptionStore(stepName: string): string {
  return `${dashed(stepName)}-subscription-store`;
}

/** The store of a foreign-key join for what it has joined. */
export function foreignKeyResultStore(stepName: string): string {
  return `${dashed(stepName)}-result-store`;
}

/** The topic by which a foreign-key join asks the tasks of the other table. */
export function subscriptionTopic(prefix: string, stepName: string): string {
  return `${prefix}${dashed(stepName)}-subscription-registration-topic`;
}

/** The topic by which those answer. */
export function responseTopic(prefix: string, stepName: string): string {
  return `${prefix}${dashed(stepName)}-subscription-response-topic`;
}

/** Name of the processing log's logger for a step: `processing.CSAS_X_1.KsqlTopic.Source`. */
export function processingLogger(queryId: string, stepName: string): string {
  return `processing.${queryId}.${stepName.replaceAll('/', '.')}`;
}
