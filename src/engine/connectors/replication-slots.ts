import type { ConnectClient, ConnectorConfig } from '../../connect/client/api.ts';

const POSTGRES = 'io.debezium.connector.postgresql.PostgresConnector';
/** Debezium's default of `slot.name`. */
const DEFAULT_SLOT = 'debezium';

/**
 * Debezium's Postgres source uses a replication slot, which a server allows to one reader at a time. A second connector
 * with the same slot takes its snapshot, reports RUNNING, and then waits for the slot forever. This is reported before
 * it is created.
 */
export async function slotProblems(
  connect: ConnectClient,
  connector: string,
  config: ConnectorConfig,
): Promise<readonly string[]> {
  const wanted = slotOf(config);
  if (wanted === undefined) return [];
  for (const [name, { info }] of Object.entries(await connect.list())) {
    if (name === connector || info === undefined || slotOf(info.config) !== wanted) continue;
    const own = connector.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_');
    return [
      `slot.name - Connector ${name} reads replication slot ${config['slot.name'] ?? DEFAULT_SLOT} of this server, and a slot has one reader: add 'slot.name'='${own}', 'publication.name'='${own}'`,
    ];
  }
  return [];
}

/** Server and slot; undefined for a connector without a slot. */
function slotOf(config: ConnectorConfig): string | undefined {
  if (config['connector.class'] !== POSTGRES) return undefined;
  const host = (config['database.hostname'] ?? '').toLowerCase();
  return `${host}:${config['database.port'] ?? '5432'}/${config['slot.name'] ?? DEFAULT_SLOT}`;
}
