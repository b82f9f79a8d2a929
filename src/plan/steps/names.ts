/** Full name of a query's internal topic: `_confluent-ksql-<service id>query_<query id>-<suffix>`. */
export function internalTopicName(serviceId: string, queryId: string, suffix: string): string {
  return `_confluent-ksql-${serviceId}query_${queryId}-${suffix}`;
}
