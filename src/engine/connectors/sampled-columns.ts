import { SluiceError } from '../../base/errors.ts';
import { NO_SPAN } from '../../base/span.ts';
import type { Property } from '../../sql/ast/definition.ts';
import type { StatementOf } from '../../sql/ast/statement.ts';
import { parseColumnList } from '../../sql/parse.ts';
import { quoteIdentifier } from '../../types/sql-type.ts';
import type { Services } from '../services.ts';
import { inferTopic } from './infer-topic.ts';
import { sampleTopic } from './sample-topic.ts';

type CreateSource = StatementOf<'CreateSource'>;

const READ_TIMEOUT_MS = 2000;

/**
 * A CREATE over a CONNECT_JSON topic without a column list takes its columns from the topic's first records, as automatic declarations do;
 * the format of the key as well, where none is named.
 * @throws SluiceError STATEMENT where the records do not tell
 */
export async function withSampledColumns(statement: CreateSource, services: Services): Promise<CreateSource> {
  const text = (name: string): string | undefined => {
    const value = statement.properties.find((p) => p.name.toUpperCase() === name)?.value;
    return value?.kind === 'StringLiteral' ? value.value : undefined;
  };
  const topic = text('KAFKA_TOPIC');
  const format = text('VALUE_FORMAT') ?? text('FORMAT');
  if (statement.columns.length > 0 || topic === undefined || format?.toUpperCase() !== 'CONNECT_JSON') return statement;
  const { env, log } = services;
  const records = await sampleTopic(log, topic, () => env.clock.monotonicMs(), READ_TIMEOUT_MS);
  const inferred = inferTopic(records, new Map());
  const refuse = (reason: string): SluiceError =>
    new SluiceError('STATEMENT', `Cannot tell the columns of ${statement.name.name}: ${reason}`, {
      span: statement.name.span,
      hint: 'Name the columns: CREATE ... (ID INT PRIMARY KEY, ...) WITH (...).',
    });
  if (records.length === 0) throw refuse(`topic ${topic} has no records yet`);
  if (inferred.valueFormat !== 'CONNECT_JSON' && inferred.valueFormat !== 'JSON')
    throw refuse(`the records of topic ${topic} are not JSON`);
  const keyFormat = text('KEY_FORMAT') ?? text('FORMAT') ?? inferred.keyFormat;
  const key = inferred.keyed && keyFormat !== undefined ? inferred.key : [];
  if (statement.sourceType === 'TABLE' && key.length === 0)
    throw refuse(`the records of topic ${topic} have no key, which a table needs`);
  const suffix = statement.sourceType === 'TABLE' ? 'PRIMARY KEY' : 'KEY';
  const isKey = (name: string): boolean => key.some((k) => k.name.toUpperCase() === name.toUpperCase());
  const columns = [
    ...key.map((c) => `${quoteIdentifier(c.name.toUpperCase())} ${c.type} ${suffix}`),
    ...inferred.value.filter((c) => !isKey(c.name)).map((c) => `${quoteIdentifier(c.name.toUpperCase())} ${c.type}`),
  ];
  const properties: Property[] = [...statement.properties];
  if (key.length > 0 && text('KEY_FORMAT') === undefined && text('FORMAT') === undefined)
    properties.push({
      kind: 'Property',
      name: 'KEY_FORMAT',
      value: { kind: 'StringLiteral', value: keyFormat!, span: NO_SPAN },
      span: NO_SPAN,
    });
  return { ...statement, columns: parseColumnList(columns.join(', ')), properties };
}
