import type { Config } from '../../../api/config-spec.ts';
import type { TableName } from '../../database/dialect.ts';
import { SOURCE } from '../../database/source-keys.ts';
import { CAPTURE } from '../cdc/config-keys.ts';
import { signalTable } from '../cdc/signals/signal-table.ts';
import { fullName } from '../../database/table-names.ts';
import { columnChoice, namePatterns, type ColumnChoice } from '../cdc/form/columns-choice.ts';
import { FORM } from './form-keys.ts';
import type { Adjustment } from './names.ts';
import type { BinaryMode, TimePrecision, TypeOptions } from './type-options.ts';

/** The parsed settings of Debezium's record form. */
export interface FormSettings {
  readonly prefix: string;
  readonly delimiter: string;
  readonly types: TypeOptions;
  readonly columns: ColumnChoice;
  readonly schemaNames: Adjustment;
  readonly fieldNames: Adjustment;
  readonly tombstones: boolean;
  /** Skipped operations: `c`, `u`, `d`, `t`. */
  readonly skipped: ReadonlySet<string>;
  readonly skipsUnchanged: boolean;
  /** How to handle a value that cannot be converted: an error of its row, NULL with a warning, or NULL. */
  readonly onFailure: 'fail' | 'warn' | 'skip';
  readonly contextHeaders: boolean;
  /** The name of the transaction topic, without the prefix; undefined: transactions are not reported. */
  readonly transactions: string | undefined;
  /** Whether logical decoding messages with a prefix result in records. */
  readonly hasMessage: (prefix: string) => boolean;
  /** Where notifications about snapshots go: to the server's log, and to a topic (undefined: to none). */
  readonly notices: { readonly areLogged: boolean; readonly topic: string | undefined };
  /** The prefix of the heartbeat topic. */
  readonly heartbeats: string;
  /** Whether the existing rows of a table are read initially. */
  readonly readsFirst: (table: TableName) => boolean;
  /** Whether they are read again whenever the task starts. */
  readonly readsAgain: boolean;
}

/** The settings that determine the form of change events. @throws SluiceError CONFIG */
export function formSettings(config: Config): FormSettings {
  const types: TypeOptions = {
    decimals: config.get(FORM.decimalMode) as TypeOptions['decimals'],
    times: config.get(FORM.timeMode) as TimePrecision,
    intervals: config.get(FORM.intervalMode) as TypeOptions['intervals'],
    binary: config.get(FORM.binaryMode) as BinaryMode,
    hstores: config.get(FORM.hstoreMode) as TypeOptions['hstores'],
    includesUnknown: config.get(FORM.includeUnknown),
    placeholder: placeholderOf(config.get(FORM.placeholder)),
    moneyDigits: config.get(FORM.moneyDigits),
  };
  const skipped = config.get(FORM.skipped);
  return {
    prefix: config.get(SOURCE.topicPrefix),
    delimiter: config.get(FORM.topicDelimiter),
    types,
    columns: columnChoice(config.raw),
    schemaNames: config.get(FORM.schemaNames) as Adjustment,
    fieldNames: config.get(FORM.fieldNames) as Adjustment,
    tombstones: config.get(FORM.tombstones),
    skipped: new Set(skipped.map((s) => s.trim())),
    skipsUnchanged: config.get(FORM.skipUnchanged),
    onFailure: config.get(FORM.conversionFailure) as FormSettings['onFailure'],
    contextHeaders: config.get(FORM.contextHeaders),
    transactions: config.get(FORM.transactions) ? config.get(FORM.transactionTopic) : undefined,
    hasMessage: hasMessage(config),
    notices: noticeSettings(config),
    heartbeats: config.get(FORM.heartbeatTopic) || config.get(FORM.heartbeatPrefix),
    readsFirst: readsFirst(config.raw['snapshot.tables'], signalTable(config.get(CAPTURE.signals) ?? undefined)),
    readsAgain: config.raw['snapshot.again'] === 'start',
  };
}

function noticeSettings(config: Config): FormSettings['notices'] {
  const channels = new Set((config.get(FORM.noticeChannels) ?? []).map((channel) => channel.trim()));
  return {
    areLogged: channels.has('log'),
    topic: channels.has('sink') ? config.get(FORM.noticeTopic)?.trim() || undefined : undefined,
  };
}

function hasMessage(config: Config): FormSettings['hasMessage'] {
  const include = namePatterns(config.raw[FORM.messageInclude.name]);
  const exclude = namePatterns(config.raw[FORM.messageExclude.name]);
  return (prefix) => (include.length > 0 ? include.some((p) => p.test(prefix)) : !exclude.some((p) => p.test(prefix)));
}

/** The existing rows of the signal table are never read: they are of no use to consumers. */
function readsFirst(list: string | undefined, isSignals: (table: TableName) => boolean): FormSettings['readsFirst'] {
  if (list === 'none') return () => false;
  const patterns = list === undefined ? undefined : namePatterns(list);
  return (table) => !isSignals(table) && (patterns?.some((p) => p.test(fullName(table))) ?? true);
}

/** The prefix `hex:` marks bytes. */
const placeholderOf = (text: string): string =>
  text.startsWith('hex:') ? Buffer.from(text.slice(4), 'hex').toString('utf8') : text;
