import { ConnectError } from '../../../api/errors.ts';
import type { CaptureMode } from '../../database/dialect.ts';
import { fullName } from '../../database/table-names.ts';
import type { PostgresConnection } from '../connection.ts';
import { EnvelopeForm } from '../debezium/envelope-form.ts';
import { formSettings } from '../debezium/form-settings.ts';
import { topicName } from '../debezium/names.ts';
import { CaptureTask } from './capture-task.ts';
import { chooseSlot } from './database/choose-slot.ts';
import { forgetCapture } from './database/forget.ts';
import { captureNeeds, refusedTables, retentionOf } from './database/needs.ts';
import { keptStream, progressOf, STREAM } from './offsets.ts';
import { publicationsOf } from './database/publication-names.ts';
import { givenPublication } from './database/publications.ts';
import type { RecordForm } from './form/record-form.ts';
import { rowColumns } from './form/row-columns.ts';
import { RowForm } from './form/row-form.ts';
import { captureSettings } from './settings.ts';
import { insertsOnly, streamTable, versionOf } from './stream-table.ts';

/** Mode `cdc`: reads changes from a replication slot. */
export const CAPTURE_MODE: CaptureMode = {
  name: 'cdc',
  topics: (config) => {
    if (!captureSettings(config).isDebezium) return undefined;
    const { prefix, delimiter } = formSettings(config);
    return (table) => topicName(prefix, delimiter, table);
  },
  readsPartitions: (config) => captureSettings(config).isDebezium,
  declaration: async ({ client }: PostgresConnection, source, table) => {
    const { isDebezium } = captureSettings(source.config);
    const columns = rowColumns(source.config);
    if (!isDebezium && columns === undefined) return undefined;
    const form: RecordForm = isDebezium
      ? new EnvelopeForm(formSettings(source.config), { taskId: 0, runId: '', nowMs: () => 0, database: '' })
      : new RowForm(source, columns);
    const found = await streamTable(client, table, await versionOf(client));
    if (found === undefined) return undefined;
    const { info } = found;
    await form.learn?.(client, table, info.fields);
    return form.table({ source, info, fields: info.fields, partition: {}, remark: () => {} }).declaration();
  },
  describeTable: async ({ client }: PostgresConnection, table) =>
    (await streamTable(client, table, await versionOf(client)))?.info,
  taskSettings: async ({ client }: PostgresConnection, { config }, context, tables) => {
    const slot = await chooseSlot(client, config, context);
    const names = publicationsOf(slot);
    const given = await givenPublication(client, captureSettings(config));
    const by = given ?? `${names.rows}, ${names.inserts}`;
    const refused = given === undefined ? await refusedTables(client, tables, [names.rows, names.inserts]) : [];
    const isRefused = new Set(refused.map(({ table }) => fullName(table)));
    const read = tables.filter((table) => !isRefused.has(fullName(table)));
    return {
      settings: { 'slot.name': slot, 'tables.inserts.only': (await insertsOnly(client, read)).join(',') },
      refused,
      remarks: [
        `Mode cdc: changes are read from replication slot ${slot}, publications ${by}. While nobody reads the slot the database keeps ${await retentionOf(client)}`,
      ],
    };
  },
  needs: async ({ client }: PostgresConnection, { config }, name, tables) =>
    await captureNeeds(client, {
      connector: name,
      tables,
      ...captureSettings(config),
      publication: await givenPublication(client, captureSettings(config)),
    }),
  forget: async (connect, { env, offset }) => await forgetCapture(keptStream(offset(STREAM)), connect, env),
  createTask: (dialect) => new CaptureTask(dialect),
  checkOffsets: (offsets) => {
    // A WAL position cannot be chosen: changes before the slot's position are no longer available, and a later position
    // would silently omit changes.
    const set = offsets.find(
      ({ partition, offset }) =>
        offset !== null && (typeof partition['table'] !== 'string' || progressOf(offset) === undefined),
    );
    if (set !== undefined)
      throw new ConnectError(
        `A position of mode cdc cannot be set, and ${JSON.stringify(set.offset)} is one: null forgets it, of a table to read its rows again`,
      );
  },
};
