import { invalidSetting, type ConfigProblem } from '../../api/config-spec.ts';
import { mappedColumns, type ColumnMapping } from './column-mapping.ts';
import { columnNamed } from './row-shape.ts';
import type { TableInfo } from './dialect.ts';
import type { SourceContext, SourceSettings } from './source-settings.ts';
import { fullName } from './table-names.ts';

/** The incrementing column of a table: the configured one, or the table's own. */
export function incrementingColumn(settings: SourceSettings, table: TableInfo): string | undefined {
  const named = (name: string): string => columnNamed(name, table.fields, !settings.quote) ?? name;
  if (settings.incrementing !== '') return named(settings.incrementing);
  const mapped = settings.incrementingByTable.length === 0 ? [] : mappedColumns(settings.incrementingByTable, table);
  if (typeof mapped === 'string') return undefined;
  return mapped[0] === undefined ? table.autoIncrement : named(mapped[0]);
}

/** The timestamp columns of a table. */
export function timestampColumns(settings: SourceSettings, table: TableInfo): readonly string[] {
  const named = (name: string): string => columnNamed(name, table.fields, !settings.quote) ?? name;
  if (settings.timestampsByTable.length === 0) return settings.timestamps.map(named);
  const mapped = mappedColumns(settings.timestampsByTable, table);
  return typeof mapped === 'string' ? [] : mapped.map(named);
}

function mappingProblem(key: string, mappings: readonly ColumnMapping[], table: TableInfo): ConfigProblem | undefined {
  const mapped = mappings.length === 0 ? [] : mappedColumns(mappings, table);
  return typeof mapped === 'string' ? { key, message: `Invalid value for configuration ${key}: ${mapped}` } : undefined;
}

/** Whether the table has what the mode reads. One sentence per problem, at the key that fixes it. */
export function modeProblems({ settings, ownMode }: SourceContext, table: TableInfo): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const where = `table ${fullName(table)}`;
  const columns = table.fields.map((f) => f.name).join(', ');
  const { mode } = settings;
  const unfit = ownMode?.problem(table);
  if (unfit !== undefined) {
    problems.push(invalidSetting('mode', mode, `${unfit}; choose another mode`));
  }
  if (settings.key !== '' && columnNamed(settings.key, table.fields, !settings.quote) === undefined)
    problems.push(invalidSetting('key', settings.key, `${where} has no such column, only ${columns}`));
  const unmapped = [
    mode.includes('incrementing') && mappingProblem('incrementing.column.mapping', settings.incrementingByTable, table),
    mode.includes('timestamp') && mappingProblem('timestamp.columns.mapping', settings.timestampsByTable, table),
  ].filter((p) => p !== undefined && p !== false);
  if (unmapped.length > 0) return [...problems, ...unmapped];
  if (mode.includes('incrementing')) {
    const key = settings.incrementingByTable.length === 0 ? 'incrementing.column.name' : 'incrementing.column.mapping';
    const name = incrementingColumn(settings, table);
    const field = table.fields.find((f) => f.name === name);
    if (name === undefined) {
      problems.push(invalidSetting(key, '', `${where} has no identity or serial column: name one of ${columns}`));
    } else if (!field) {
      problems.push(invalidSetting(key, name, `${where} has no such column, only ${columns}`));
    } else if (field.order !== 'number') {
      problems.push(invalidSetting(key, name, `the column of ${where} is not a number`));
    } else if (settings.validateNonNull && !table.notNull.has(name)) {
      problems.push(
        invalidSetting(
          key,
          name,
          `Cannot make incremental queries using incrementing column ${name} on ${where} because this column is nullable.`,
        ),
      );
    }
  }
  if (mode.includes('timestamp')) {
    const key = settings.timestampsByTable.length === 0 ? 'timestamp.column.name' : 'timestamp.columns.mapping';
    const names = timestampColumns(settings, table);
    const known = names.map((name) => ({ name, field: table.fields.find((f) => f.name === name) }));
    for (const { name, field } of known) {
      if (!field) {
        problems.push(invalidSetting(key, name, `${where} has no such column, only ${columns}`));
      } else if (field.order !== 'time') {
        problems.push(invalidSetting(key, name, `the column of ${where} is no timestamp`));
      }
    }
    if (
      problems.every((p) => p.key !== key) &&
      settings.validateNonNull &&
      !known.some((k) => table.notNull.has(k.name))
    ) {
      problems.push(
        invalidSetting(
          key,
          names.join(','),
          `Cannot make incremental queries using timestamp columns [${names.join(', ')}] on ${where} because all of these columns are nullable.`,
        ),
      );
    }
  }
  return problems;
}
