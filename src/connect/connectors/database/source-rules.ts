import { RuleCheck, type ConfigKey, type ConfigProblem, type RawConfig } from '../../api/config-spec.ts';
import type { DatabaseEntry } from './entry.ts';
import { modesOf, SOURCE } from './source-keys.ts';
import { reads } from './mode-keys.ts';

/** Lists of names and lists of expressions: a user who writes one kind means no other. */
const BY_NAME: readonly ConfigKey[] = [SOURCE.tableWhitelist, SOURCE.tableBlacklist];
const BY_EXPRESSION: readonly ConfigKey[] = [SOURCE.tableIncludeList, SOURCE.tableExcludeList];

/** Rules between the settings of a source. */
export function checkSource(database: DatabaseEntry, config: RawConfig): ConfigProblem[] {
  const check = new RuleCheck(config);
  const isSet = (key: ConfigKey): boolean => check.text(key) !== '';
  const mode = check.text(SOURCE.mode);
  if (mode === '') check.refuse(SOURCE.mode, `Query mode must be specified, one of ${modesOf(database).join(', ')}`);
  if (isSet(SOURCE.query) && isSet(SOURCE.queryMasked))
    check.refuse(SOURCE.queryMasked, 'query is set as well, and only one counts', '[hidden]');
  const isQuery = isSet(SOURCE.query) || isSet(SOURCE.queryMasked);
  if (check.text(SOURCE.transactionIsolationMode).toUpperCase() === 'SQL_SERVER_SNAPSHOT')
    check.refuse(SOURCE.transactionIsolationMode, `${database.name} has no such level`, 'SQL_SERVER_SNAPSHOT');
  for (const [one, mapping] of [
    [SOURCE.timestampColumnName, SOURCE.timestampColumnsMapping],
    [SOURCE.incrementingColumnName, SOURCE.incrementingColumnMapping],
  ] as const) {
    if (isSet(one) && isSet(mapping)) check.refuse(mapping, `${one.name} is set as well, and only one counts`);
    else if (isQuery && isSet(mapping)) check.refuse(mapping, `a query has no table: use ${one.name}`);
  }
  const lists = [...BY_NAME, ...BY_EXPRESSION].filter(isSet);
  if (isQuery) {
    for (const list of lists) check.refuse(list, "Do not specify table filtering configs with 'query'");
    if (!isSet(SOURCE.topicPrefix)) check.missing(SOURCE.topicPrefix, 'with a query it is the name of the topic');
    if (mode in database.ownModes) check.refuse(SOURCE.mode, 'it is for tables, not for a query: choose another mode');
  } else if (BY_NAME.every(isSet)) {
    for (const list of BY_NAME) check.refuse(list, 'table.blacklist and table.whitelist are exclusive');
  } else if (BY_NAME.some(isSet) && BY_EXPRESSION.some(isSet)) {
    for (const list of lists) check.refuse(list, 'Use either the lists of names or the lists of expressions');
  }
  if (reads(config, 'timestamp') && !isSet(SOURCE.timestampColumnName) && !isSet(SOURCE.timestampColumnsMapping))
    check.missing(SOURCE.timestampColumnName, `mode ${mode} needs it`);
  if (isQuery && reads(config, 'incrementing') && !isSet(SOURCE.incrementingColumnName))
    check.missing(SOURCE.incrementingColumnName, `mode ${mode} with a query needs it`);
  return check.problems;
}
