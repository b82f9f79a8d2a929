import type { ConnectClient } from '../../connect/client/api.ts';
import type { Services } from '../services.ts';
import type { Standstill } from './health.ts';

/** One request to the log and, of a cluster, one to its workers; undefined where both are well. */
export async function standstillOf(connect: ConnectClient, services: Services): Promise<Standstill | undefined> {
  const silence = await services.log.admin.silence?.();
  if (silence !== undefined)
    return {
      cause: `Kafka is away: ${silence.message}`,
      advice: `Start its brokers, or see that bootstrap.servers of the server and the brokers' advertised.listeners lead to them; nothing is lost, and tasks go on by themselves where they were${connect.embedded === undefined ? ' (those of the cluster use the same Kafka)' : ''}`,
      isLogUnavailable: true,
    };
  const sickness = await connect.sickness?.();
  if (sickness === undefined) return undefined;
  return {
    cause: `A worker of the cluster is unhealthy: ${sickness}`,
    advice:
      "Most often it does not reach its brokers: see its log, its bootstrap.servers and the brokers' advertised.listeners; its tasks go on by themselves when it does",
    isLogUnavailable: false,
  };
}
