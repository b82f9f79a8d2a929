import { SluiceError, messageOf } from '../../base/errors.ts';
import type { Span } from '../../base/span.ts';
import { didYouMean } from '../../base/suggest.ts';
import type { ConnectClient } from '../../connect/client/api.ts';
import { KEYS } from '../../config/keys.ts';
import type { ClusterStatement } from '../../sql/ast/connect-clusters.ts';
import type { Statement, StatementOf } from '../../sql/ast/statement.ts';
import { answerOf, refusalOf } from '../connect-clusters/in-cluster.ts';
import type { Services } from '../services.ts';
import type { Answer, Call } from './call.ts';
import type { Executor, OneByOne } from './executor.ts';

/** CREATE [OR REPLACE] CONNECT CLUSTER: executed by the server that received it, and on no log. */
export async function createConnectCluster(
  statement: StatementOf<'CreateConnectCluster'>,
  { services: { clusters } }: Call,
): Promise<Answer> {
  const { name, span } = statement;
  const known = await clusters.find(name);
  if (known !== undefined && statement.ifNotExists)
    return { kind: 'warning_entity', message: `Connect cluster ${known} already exists` };
  if (known !== undefined && !statement.orReplace)
    throw new SluiceError('CONFLICT', `Connect cluster ${known} already exists`, {
      span,
      hint: 'CREATE OR REPLACE CONNECT CLUSTER gives it other settings.',
    });
  await clusters.put(known ?? name, Object.fromEntries(statement.properties.map((p) => [p.key, p.value])));
  const client = await clusters.client(known ?? name);
  const problem = await client.list().then(
    () => undefined,
    (error: unknown) => messageOf(error),
  );
  return {
    kind: 'connect_cluster_changed',
    clusterName: known ?? name,
    message: `${known === undefined ? 'Created' : 'Replaced'} Connect cluster ${known ?? name}`,
    notes: problem === undefined ? [] : [`It does not answer: ${problem}`],
  };
}

/** DROP CONNECT CLUSTER: the cluster and its connectors stay as they are. */
export async function dropConnectCluster(
  statement: StatementOf<'DropConnectCluster'>,
  { services }: Call,
): Promise<Answer> {
  if (statement.ifExists && (await services.clusters.find(statement.name)) === undefined)
    return { kind: 'warning_entity', message: `Connect cluster ${statement.name} does not exist` };
  const name = await known(statement.name, statement.span, services);
  await services.clusters.drop(name);
  return {
    kind: 'connect_cluster_changed',
    clusterName: name,
    message: `Dropped Connect cluster ${name}: its connectors stay as they are`,
  };
}

export async function listConnectClusters({ services }: Call): Promise<Answer> {
  const { clusters, config, connect } = services;
  const urls = config.get(KEYS.connectUrl);
  const own = connect === undefined ? [] : [await row(null, urls.length === 0 ? null : urls.join(','), connect)];
  const named = await Promise.all(
    (await clusters.names()).map(async (name) => {
      const url = await clusters.url(name);
      return await row(name, url, await clusters.client(name));
    }),
  );
  return { kind: 'connect_clusters', clusters: [...own, ...named] };
}

async function row(name: string | null, url: string | null, client: ConnectClient) {
  try {
    return { name, url, connectors: Object.keys(await client.list()).length, problem: null };
  } catch (error) {
    return { name, url, connectors: null, problem: messageOf(error) };
  }
}

async function known(name: string, span: Span, { clusters }: Services): Promise<string> {
  const found = await clusters.find(name);
  if (found !== undefined) return found;
  throw new SluiceError('NOT_FOUND', `Connect cluster ${name} does not exist`, {
    span,
    hint: didYouMean(name, await clusters.names()) ?? 'SHOW CONNECT CLUSTERS; lists them.',
  });
}

/** The context of a statement with IN CLUSTER. @throws SluiceError NOT_FOUND */
async function thereOf({ cluster, span }: StatementOf<'InCluster'>, services: Services): Promise<Services> {
  const name = await known(cluster, span, services);
  const elsewhere: Services['elsewhere'] = { cluster: name, own: services.connect };
  return Object.create(services, {
    connect: { value: await services.clusters.client(name) },
    elsewhere: { value: elsewhere },
  }) as Services;
}

/** Executes a statement in a cluster. Statements in its answer or error are then for that cluster too. */
export async function executeThere<T extends { readonly services: Services }>(
  statement: StatementOf<'InCluster'>,
  call: T,
  work: (call: T) => Answer | Promise<Answer>,
): Promise<Answer> {
  const services = await thereOf(statement, call.services);
  const cluster = services.elsewhere!.cluster;
  try {
    return answerOf(await work({ ...call, services }), cluster);
  } catch (error) {
    throw refusalOf(error, cluster);
  }
}

/** … IN CLUSTER name: the same statement with another Connect. */
export function inCluster(
  executorOf: (statement: Statement) => Executor<ClusterStatement>,
): OneByOne<StatementOf<'InCluster'>> {
  return {
    catchesUp: ({ statement }, services) => executorOf(statement).catchesUp?.(statement, services) ?? false,
    unforeseen: ({ statement }) => executorOf(statement).unforeseen?.(statement),
    check: async (statement, sandbox) => {
      const services = await thereOf(statement, sandbox.services);
      try {
        return await executorOf(statement.statement).check(statement.statement, { ...sandbox, services });
      } catch (error) {
        throw refusalOf(error, services.elsewhere!.cluster);
      }
    },
    execute: async (statement, call, checked) =>
      await executeThere(statement, call, (there) => {
        const executor = executorOf(statement.statement);
        if (!('execute' in executor))
          throw new SluiceError('INTERNAL', `${statement.statement.kind} is not for a cluster`);
        return executor.execute(statement.statement, there, checked);
      }),
  };
}
