import { NO_SPAN } from '../../base/span.ts';
import type { TopicSchema } from '../../connect/client/api.ts';
import type { Property } from '../../sql/ast/definition.ts';
import type { StatementOf } from '../../sql/ast/statement.ts';
import { sqlNames } from './column-names.ts';
import { quoteIdentifier } from '../../types/sql-type.ts';

/** A CREATE STREAM or TABLE over a topic. */
export type CreateSource = StatementOf<'CreateSource'>;

/** The text of a property by its upper-case name; undefined when it is absent or not a text. */
export function textOf(statement: CreateSource, name: string): string | undefined {
  const value = statement.properties.find((p) => p.name.toUpperCase() === name)?.value;
  return value?.kind === 'StringLiteral' ? value.value : undefined;
}

/** A generated property. */
export function property(name: string, value: Property['value']): Property {
  return { kind: 'Property', name, value, span: NO_SPAN };
}

export function textProperty(name: string, value: string): Property {
  return property(name, { kind: 'StringLiteral', value, span: NO_SPAN });
}

/** The column list of such a statement for these columns. */
export function columnsText({ sourceType }: CreateSource, { key, value }: Pick<TopicSchema, 'key' | 'value'>): string {
  const keyWord = sourceType === 'TABLE' ? ' PRIMARY KEY' : ' KEY';
  return sqlNames({ key, value })
    .named.map(({ name, column }) => `${quoteIdentifier(name)} ${column.type}${key.includes(column) ? keyWord : ''}`)
    .join(', ');
}
