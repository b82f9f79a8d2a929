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

/** What the settings of Debezium's record form say. */
export interface FormSettings {
  readonly prefix: string;
  readonly delimiter: string;
  readonly types: TypeOptions;
  readonly columns: ColumnChoice;
  readonly schemaNames: Adjustment;
  readonly fieldNames: Adjustment;
  readonly tombstones: boolean;
  /** `c`, `u`, `d`, `t`. */
  readonly skipped: ReadonlySet<string>;
  readonly skipsUnchanged: boolean;
  /** A value that cannot be converted: an error of its row, NULL with a word, or NULL. */
  readonly onFailure: 'fail' | 'warn' | 'skip';
  readonly contextHeaders: boolean;
  /** The name of the topic of transactions, behind the prefix; undefined: none are told of. */
  readonly transactions: string | undefined;
  /** Whether messages of a prefix get records. */
  readonly hasMessage: (prefix: string) => boolean;
  /** Where readings are told of: in the server's log; in a topic, undefined: in none. */
  readonly notices: { readonly areLogged: boolean; readonly topic: string | undefined };
  /** What the topic of heartbeats begins with. */
  readonly heartbeats: string;
  /** Whether a table's rows are read that were there before. */
  readonly readsFirst: (table: TableName) => boolean;
  /** They are read again whenever the task begins. */
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

/** Signals that were given before are not read: whoever reads a table has no use for them. */
function readsFirst(list: string | undefined, isSignals: (table: TableName) => boolean): FormSettings['readsFirst'] {
  if (list === 'none') return () => false;
  const patterns = list === undefined ? undefined : namePatterns(list);
  return (table) => !isSignals(table) && (patterns?.some((p) => p.test(fullName(table))) ?? true);
}

/** `hex:` begins bytes. */
const placeholderOf = (text: string): string =>
  text.startsWith('hex:') ? Buffer.from(text.slice(4), 'hex').toString('utf8') : text;
