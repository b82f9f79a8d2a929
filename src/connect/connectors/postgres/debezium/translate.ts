import type { RawConfig } from '../../../api/config-spec.ts';
import { isColumnRule } from '../cdc/form/columns-choice.ts';
import { FORM } from './form-keys.ts';

/** Settings with the same name in both. */
const SAME = new Set([
  ...Object.values(FORM).map((key) => key.name),
  'name',
  'topic.prefix',
  'slot.name',
  'publication.autocreate.mode',
  'publish.via.partition.root',
  'errors.tolerance',
  'heartbeat.interval.ms',
  'heartbeat.action.query',
  'signal.data.collection',
  'signal.enabled.channels',
  'signal.kafka.topic',
  'signal.consumer.auto.offset.reset',
  'signal.file',
  'signal.poll.interval.ms',
  'incremental.snapshot.chunk.size',
  'tables',
  'tables.inserts.only',
]);

/** Contains a list of tables; for each of them, a setting with the table's name appended contains a statement. */
const SELECTS = 'snapshot.select.statement.overrides';

/** Translates the settings of Debezium's class to those of the Postgres source. */
export function translated(config: RawConfig): RawConfig {
  const valueOf = (key: string): string | undefined => config[key]?.trim() || undefined;
  const mode = valueOf('snapshot.mode') ?? 'initial';
  const based = (key: string): boolean => config[`snapshot.mode.configuration.based.${key}`] === 'true';
  const reads = mode === 'configuration_based' ? based('snapshot.data') : mode !== 'no_data';
  const rereads = mode === 'when_needed' || (mode === 'configuration_based' && based('snapshot.on.data.error'));
  const kept = Object.entries(config).filter(([key]) => SAME.has(key) || isColumnRule(key) || key.startsWith(SELECTS));
  const words: Record<string, string | undefined> = {
    'connection.url': urlOf(config),
    'connection.user': config['database.user'],
    'connection.password': config['database.password'],
    mode: 'cdc',
    format: 'debezium',
    'table.types': 'TABLE,PARTITIONED TABLE',
    'table.include.list': withSignals(
      included(valueOf('table.include.list'), valueOf('schema.include.list')),
      valueOf('signal.data.collection'),
    ),
    'table.exclude.list': excluded(valueOf('table.exclude.list'), valueOf('schema.exclude.list')),
    'slot.name': valueOf('slot.name') ?? 'debezium',
    'publication.name': valueOf('publication.name') ?? 'dbz_publication',
    'publication.autocreate.mode': valueOf('publication.autocreate.mode') ?? 'all_tables',
    'slot.lost.policy': rereads ? 'snapshot' : 'fail',
    'snapshot.tables': reads ? (valueOf('snapshot.include.collection.list') ?? '.*') : 'none',
    'snapshot.again': mode === 'always' ? 'start' : undefined,
    'batch.max.rows': valueOf('max.batch.size'),
  };
  return {
    ...Object.fromEntries(kept),
    ...Object.fromEntries(Object.entries(words).filter((entry): entry is [string, string] => entry[1] !== undefined)),
  };
}

function urlOf(config: RawConfig): string | undefined {
  const host = config['database.hostname']?.trim();
  if (host === undefined || host === '') return undefined;
  const part = (text: string): string => (text.includes('${') ? text : encodeURIComponent(text));
  const shown = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  const query = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'sslpassword'].flatMap((name) => {
    const value = config[`database.${name}`] ?? '';
    return value === '' ? [] : [`${name}=${part(value)}`];
  });
  return (
    `jdbc:postgresql://${shown}:${config['database.port']?.trim() || '5432'}/${part(config['database.dbname'] ?? '')}` +
    (query.length === 0 ? '' : `?${query.join('&')}`)
  );
}

const parts = (list: string): string[] => list.split(',').map((p) => p.trim());

/** Restricts tables to those in one of the schemas. */
function included(tables: string | undefined, schemas: string | undefined): string | undefined {
  if (schemas === undefined) return tables;
  const inSchema = `(?:${parts(schemas).join('|')})`;
  if (tables === undefined) return `${inSchema}\\..*`;
  return parts(tables)
    .map((table) => `(?=${inSchema}\\.)(?:${table})`)
    .join(',');
}

/** The signal table is always captured. The database name may precede its name. */
const withSignals = (tables: string | undefined, signals: string | undefined): string | undefined =>
  tables === undefined || signals === undefined ? tables : `${tables},${signals.split('.').slice(-2).join('\\.')}`;

function excluded(tables: string | undefined, schemas: string | undefined): string | undefined {
  const ofSchemas = schemas === undefined ? [] : parts(schemas).map((schema) => `(?:${schema})\\..*`);
  const all = [...(tables === undefined ? [] : parts(tables)), ...ofSchemas];
  return all.length === 0 ? undefined : all.join(',');
}
