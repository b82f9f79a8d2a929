import { must } from '../../base/assert.ts';
import type { ConnectorConfig } from '../../connect/client/api.ts';

/**
 * The external system that a connector reads or writes, in readable form: `postgres://host/shop`, a file, a host.
 * Connectors of one database have the same. Undefined when its settings name none.
 */
export function outsideSystem(config: ConnectorConfig): string | undefined {
  const url =
    config['connection.url'] ?? config['url'] ?? config['connection.uri'] ?? config['mongodb.connection.string'];
  if (url !== undefined && url !== '') return placeOf(url);
  const host = config['database.hostname'] ?? config['connection.host'];
  if (host !== undefined) {
    const port = config['database.port'] ?? config['connection.port'];
    const database = config['database.dbname'] ?? config['db.name'] ?? config['database.names'];
    return `${host}${port === undefined ? '' : `:${port}`}${database === undefined ? '' : `/${database}`}`;
  }
  const place = config['file'] ?? config['s3.bucket.name'] ?? config['http.api.url'] ?? config['input.path'];
  if (place !== undefined && place !== '') return place;
  return /datagen/i.test(config['connector.class'] ?? '') ? 'made-up data' : undefined;
}

/** A URL without user, password and parameters. */
function placeOf(url: string): string {
  const [first = ''] = url.split(',');
  const bare = first.trim().replace(/^jdbc:/, '');
  const match = /^([a-z][\w+.-]*):(?:\/\/)?(?:[^@/]*@)?([^/?;]*)(\/[^?;]*)?/i.exec(bare);
  if (match === null) return bare.replace(/[?;].*$/, '');
  const scheme = must(match[1], 'group 1 of the match').replace(/^postgresql$/, 'postgres');
  return `${scheme}://${match[2]}${(match[3] ?? '').replace(/\/$/, '')}`;
}
