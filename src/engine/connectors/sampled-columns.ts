import { SluiceError } from '../../base/errors.ts';
import type { Property } from '../../sql/ast/definition.ts';
import { parseColumnList } from '../../sql/parse.ts';
import type { Services } from '../services.ts';
import { inferTopic } from './infer-topic.ts';
import { sampleTopic } from './sample-topic.ts';
import { columnsText, type CreateSource, textOf, textProperty } from './source-properties.ts';

const READ_TIMEOUT_MS = 2000;

/**
 * A CREATE over a CONNECT_JSON topic without a column list takes its columns, and the key's format if none is given,
 * from the topic's first records, as automatic declarations do.
 * @throws SluiceError STATEMENT where the records do not show them
 */
export async function withSampledColumns(statement: CreateSource, services: Services): Promise<CreateSource> {
  const text = (name: string): string | undefined => textOf(statement, name);
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
  const properties: Property[] = [...statement.properties];
  if (key.length > 0 && text('KEY_FORMAT') === undefined && text('FORMAT') === undefined)
    properties.push(textProperty('KEY_FORMAT', keyFormat!));
  return { ...statement, columns: parseColumnList(columnsText(statement, { key, value: inferred.value })), properties };
}
