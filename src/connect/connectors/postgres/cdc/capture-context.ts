import type { Config } from '../../../api/config-spec.ts';
import type { SourceTaskContext } from '../../../api/connector.ts';
import type { Dialect, TableName } from '../../database/dialect.ts';
import { sourceContext, type SourceContext } from '../../database/source-settings.ts';
import { TASK_TABLES, tablesOfTask } from '../../database/table-names.ts';
import { EnvelopeForm } from '../debezium/envelope-form.ts';
import { formSettings } from '../debezium/form-settings.ts';
import { systemOf, type ConnectionTarget } from '../url.ts';
import type { RecordForm } from './form/record-form.ts';
import { rowColumns } from './form/row-columns.ts';
import { RowForm } from './form/row-form.ts';
import { captureSettings, type CaptureSettings } from './settings.ts';

/** Shared by all parts of a capture. */
export interface CaptureContext {
  readonly task: SourceTaskContext;
  readonly config: Config;
  readonly dialect: Dialect;
  readonly source: SourceContext;
  readonly settings: CaptureSettings;
  readonly form: RecordForm;
  readonly tables: readonly TableName[];
  readonly target: ConnectionTarget;
  /** Identifies the database, without a login. */
  readonly system: string;
  /** The application name of our connections (pg_stat_activity). */
  readonly name: string;
  /** How a user can recover from lost changes: completes an error message. */
  readonly cure: string;
}

export function captureContext(dialect: Dialect, config: Config, task: SourceTaskContext): CaptureContext {
  const source = sourceContext(dialect, config);
  const target = source.target as ConnectionTarget;
  const settings = captureSettings(config);
  return {
    task,
    config,
    dialect,
    source,
    settings,
    form: settings.isDebezium
      ? envelopeForm(config, task, source.target.database)
      : new RowForm(source, rowColumns(config)),
    tables: tablesOfTask(config.raw[TASK_TABLES] ?? ''),
    target,
    system: systemOf(target),
    name: `${task.connector}-${task.taskId}`,
    cure: `ALTER CONNECTOR ${task.connector} SET ('slot.lost.policy'='snapshot'); makes a slot anew and reads the tables again`,
  };
}

const envelopeForm = (config: Config, { env, taskId }: SourceTaskContext, database: string): EnvelopeForm =>
  new EnvelopeForm(formSettings(config), {
    taskId,
    runId: env.random.uuid(),
    nowMs: () => env.clock.nowMs(),
    database,
  });
