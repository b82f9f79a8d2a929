/** Names of everything that a query owns. They match ksqlDB's, so that existing ACLs and dashboards fit. */

/** `serviceId` as in ksqlDB; `default_` by default. */
export function internalTopicPrefix(serviceId: string, queryId: string): string {
  return `_confluent-ksql-${serviceId}query_${queryId}-`;
}

/**
 * Those of the given topics that a query created for itself. `others`: the other existing queries, because a query's
 * name may be the beginning of another one's, up to a hyphen.
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

/** The compacted topic from which a store is restored. */
export function changelogTopic(prefix: string, store: string): string {
  return `${prefix}${store}-changelog`;
}

/** Stands for a store where a sub-topology has none: its changelog holds the offsets of its tasks' inputs. */
export function offsetsStore(subTopology: number): string {
  return `Offsets-${subTopology}`;
}

/** A step's name as it is written in names of stores and topics. */
export function dashed(stepName: string): string {
  return stepName.replaceAll('/', '-');
}

/** The store in which a table source keeps its rows, if the plan requires it. */
export function sourceStore(stepName: string): string {
  return `${dashed(stepName)}-store`;
}

/** The store of a stream-stream join for rows without a match so far. */
export function unmatchedStore(stepName: string): string {
  return `${dashed(stepName)}-outer-shared`;
}

/** The store of a foreign-key join for subscriptions: which left rows refer to which right row. */
export function subscriptionStore(stepName: string): string {
  return `${dashed(stepName)}-subscription-store`;
}

/** The store of a foreign-key join for its results. */
export function foreignKeyResultStore(stepName: string): string {
  return `${dashed(stepName)}-result-store`;
}

/** The topic of a foreign-key join for subscriptions, sent to the tasks of the right table. */
export function subscriptionTopic(prefix: string, stepName: string): string {
  return `${prefix}${dashed(stepName)}-subscription-registration-topic`;
}

/** The topic of a foreign-key join for the answers of those tasks. */
export function responseTopic(prefix: string, stepName: string): string {
  return `${prefix}${dashed(stepName)}-subscription-response-topic`;
}

/** The name of a step's logger in the processing log: `processing.CSAS_X_1.KsqlTopic.Source`. */
export function processingLogger(queryId: string, stepName: string): string {
  return `processing.${queryId}.${stepName.replaceAll('/', '.')}`;
}
