import type { SchemaInfo } from '../../wire/entities.ts';
import { formatName } from '../../sql/printer/names.ts';
import { fieldsOf, listOf, oneLine, textOf, textsOf, type Fields } from './fields.ts';
import { sameErrors } from './same-errors.ts';
import { schemaText, shortSchemaText } from './schema-text.ts';
import { renderFields, renderTable } from './table.ts';
import { printable } from './width.ts';

/** DESCRIBE of a stream or table, short or EXTENDED. */
export function renderSource(description: Fields, width: number): string {
  const parts: string[] = [];
  const name = textOf(description['name']);
  if (description['extended'] === true) {
    parts.push(
      renderFields(
        [
          ['Name', name],
          ['Type', textOf(description['type'])],
          ['Timestamp field', textOf(description['timestamp']) || 'Not set - using <ROWTIME>'],
          ['Key format', textOf(description['keyFormat'])],
          ['Value format', textOf(description['valueFormat'])],
          [
            'Kafka topic',
            `${textOf(description['topic'])} (partitions: ${textOf(description['partitions'])}, replication: ${textOf(description['replication'])})`,
          ],
          ...(textOf(description['windowType']) === ''
            ? []
            : [['Window type', textOf(description['windowType'])] as const]),
          ['Statement', oneLine(textOf(description['statement']))],
        ],
        width,
      ),
      '',
      renderColumns(description, width),
    );
  } else {
    parts.push(`Name : ${name}`, renderColumns(description, width));
  }
  const constraints = textsOf(description['sourceConstraints']);
  if (constraints.length > 0)
    parts.push('', `Sources that have a DROP constraint on this source: ${constraints.join(', ')}`);
  for (const [title, queries] of [
    ['Queries that read from this', description['readQueries']],
    ['Queries that write to this', description['writeQueries']],
  ] as const) {
    const list = listOf(queries);
    if (list.length === 0 || (description['extended'] !== true && title.includes('read'))) continue;
    parts.push('', `${title} ${textOf(description['type']) || 'source'}`);
    for (const q of list)
      parts.push(`  ${textOf(q['id'])} (${textOf(q['state'])}) : ${oneLine(textOf(q['queryString']))}`);
  }
  if (description['extended'] === true) {
    parts.push('', 'Local runtime statistics', textOf(description['statistics']), textOf(description['errorStats']));
    for (const summary of listOf(description['queryOffsetSummaries'])) {
      parts.push('', `Consumer Groups summary: ${textOf(summary['groupId'])}`);
      for (const topic of listOf(summary['topicSummaries'])) {
        parts.push(
          `Kafka topic : ${textOf(topic['kafkaTopic'])}`,
          renderTable(
            ['Partition', 'Start Offset', 'End Offset', 'Offset', 'Lag'].map((title) => ({ title, align: 'right' })),
            listOf(topic['offsets']).map((offset) => [
              textOf(offset['partition']),
              textOf(offset['logStartOffset']),
              textOf(offset['logEndOffset']),
              textOf(offset['consumerOffset']),
              String(Number(offset['logEndOffset']) - Number(offset['consumerOffset'])),
            ]),
            width,
          ),
        );
      }
    }
  } else {
    parts.push(`For runtime statistics and query details run: DESCRIBE ${name} EXTENDED;`);
  }
  return parts.join('\n');
}

function renderColumns(description: Fields, width: number): string {
  const fields = listOf(description['fields']);
  if (fields.length === 0) return 'No columns.';
  const windowed = textOf(description['windowType']);
  return renderTable(
    [{ title: 'Field' }, { title: 'Type' }],
    fields.map((f) => [
      textOf(f['name']),
      `${schemaText(f['schema'] as SchemaInfo)}${roleText(f, description, windowed)}`,
    ]),
    width,
  );
}

function roleText(field: Fields, source: Fields, windowed: string): string {
  if (field['type'] === 'HEADER')
    return textOf(field['headerKey']) === '' ? '  (headers)' : `  (header('${textOf(field['headerKey'])}'))`;
  if (field['type'] !== 'KEY') return '';
  const key = source['type'] === 'TABLE' ? 'primary key' : 'key';
  return windowed === '' ? `  (${key})` : `  (${key}) (Window type: ${windowed})`;
}

/** The first line of a stack trace; EXTENDED shows the others. */
function folded(trace: unknown): string {
  const [first = '', ...more] = textOf(trace).split('\n');
  return more.length === 0 ? first : `${first} (+${more.length} lines: EXTENDED)`;
}

/** DESCRIBE CONNECTOR [EXTENDED]: state, tasks, and the topics with the sources declared over them. */
export function renderConnector(entity: Fields, width: number): string {
  const status = fieldsOf(entity['status']);
  const connector = fieldsOf(status['connector']);
  const tasks = listOf(status['tasks']);
  const sources = listOf(entity['sources']);
  const topics = textsOf(entity['topics']);
  const shown = entity['extended'] === true ? textOf : folded;
  const trace = shown(connector['trace']);
  const parts = [
    renderFields(
      [
        ['Name', textOf(status['name'])],
        ['Class', textOf(entity['connectorClass'])],
        ['Type', textOf(status['type'])],
        ...(textOf(entity['topicPrefix']) === '' ? [] : [['Topic prefix', textOf(entity['topicPrefix'])] as const]),
        ['State', textOf(entity['state']) || textOf(connector['state'])],
        ...(textOf(entity['cause']) === '' ? [] : [['Cause', textOf(entity['cause'])] as const]),
        ...(textOf(entity['advice']) === '' ? [] : [['Advice', textOf(entity['advice'])] as const]),
        ['WorkerId', textOf(connector['worker_id'])],
        ...(trace === '' ? [] : [['Trace', trace] as const]),
      ],
      width,
    ),
  ];
  if (tasks.length > 0) {
    parts.push(
      renderTable(
        [{ title: 'Task ID', align: 'right' }, { title: 'State' }, { title: 'Worker ID' }, { title: 'Error Trace' }],
        tasks.map((t) => [textOf(t['id']), textOf(t['state']), textOf(t['worker_id']), shown(t['trace'])]),
        width,
      ),
    );
  }
  if (topics.length > 0) {
    const over = (topic: string): Fields[] => sources.filter((s) => textOf(s['topic']) === topic);
    parts.push(
      renderTable(
        [{ title: 'Kafka Topic' }, { title: 'Source Name' }, { title: 'Type' }, { title: 'Columns' }],
        topics.flatMap((topic) => {
          const declared = over(topic);
          if (declared.length === 0) return [[topic, '', '', '']];
          return declared.map((s) => [topic, textOf(s['name']), textOf(s['type']), columnsText(s)]);
        }),
        width,
      ),
    );
  }
  const news = textsOf(entity['news']);
  if (news.length > 0) parts.push(news.join('\n'));
  const config = Object.entries(fieldsOf(entity['config']));
  if (config.length > 0) {
    parts.push(
      renderTable(
        [{ title: 'Config' }, { title: 'Value' }],
        config.map(([name, value]) => [name, textOf(value)]),
        width,
      ),
    );
  }
  return parts.join('\n\n');
}

function columnsText(source: Fields): string {
  return listOf(source['fields'])
    .map((f) => {
      const key = f['type'] !== 'KEY' ? '' : source['type'] === 'TABLE' ? ' PRIMARY KEY' : ' KEY';
      return `${formatName(textOf(f['name']))} ${shortSchemaText(f['schema'] as SchemaInfo)}${key}`;
    })
    .join(',\n');
}

/** DESCRIBE FUNCTION. */
export function renderFunction(entity: Fields, width: number): string {
  const parts = [
    renderFields(
      [
        ['Name', textOf(entity['name'])],
        ['Author', textOf(entity['author'])],
        ...(textOf(entity['version']) === '' ? [] : [['Version', textOf(entity['version'])] as const]),
        ['Overview', textOf(entity['description'])],
        ['Type', textOf(entity['type'])],
        ['Jar', textOf(entity['path'])],
        ['Variations', ''],
      ].filter(([name]) => name !== 'Jar') as [string, string][],
      width,
    ),
  ];
  for (const variant of listOf(entity['functions'])) {
    const args = listOf(variant['arguments']);
    const signature = args.map(
      (a) => `${textOf(a['name'])} ${textOf(a['type'])}${a['isVariadic'] === true ? '[]' : ''}`,
    );
    parts.push(
      '',
      `  Variation   : ${textOf(entity['name'])}(${signature.join(', ')})`,
      `  Returns     : ${textOf(variant['returnType'])}`,
      indent(renderFields([['Description', textOf(variant['description'])]], width - 2)),
      ...args
        .filter((a) => textOf(a['description']) !== '')
        .map((a) => indent(renderFields([[textOf(a['name']).padEnd(11), textOf(a['description'])]], width - 2))),
    );
  }
  return parts.join('\n');
}

/** EXPLAIN, and each entry of SHOW QUERIES EXTENDED. */
export function renderQueryDescription(description: Fields, width: number): string {
  const errors = listOf(description['queryErrors']);
  const parts = [
    renderFields(
      [
        ['ID', textOf(description['id'])],
        ['Query Type', textOf(description['queryType'])],
        ['SQL', printable(textOf(description['statementText']))],
        ...(textOf(description['state']) === '' ? [] : [['Status', textOf(description['state'])] as const]),
        ...(description['restoreProgress'] === undefined
          ? []
          : [['Restoring', restoreText(fieldsOf(description['restoreProgress']))] as const]),
        ...(textOf(description['consumerGroupId']) === ''
          ? []
          : [['Consumer group', textOf(description['consumerGroupId'])] as const]),
        ...(textsOf(description['sources']).length === 0
          ? []
          : [['Sources', textsOf(description['sources']).join(', ')] as const]),
        ...(textsOf(description['sinks']).length === 0
          ? []
          : [['Sinks', textsOf(description['sinks']).join(', ')] as const]),
      ],
      width,
    ),
  ];
  if (listOf(description['fields']).length > 0) parts.push(renderColumns(description, width));
  const overrides = Object.entries(fieldsOf(description['overriddenProperties']));
  if (overrides.length > 0) {
    parts.push(
      `Overridden Properties\n${renderTable(
        [{ title: 'Property' }, { title: 'Value' }],
        overrides.map(([name, value]) => [name, textOf(value)]),
        width,
      )}`,
    );
  }
  const stats = textOf(description['errorStats']);
  if (stats !== '') parts.push(`Record errors\n${indent(printable(stats))}`);
  if (errors.length > 0) {
    parts.push(
      `Query Errors\n${sameErrors(errors)
        .map(({ lastMs, type, message, times, firstMs }) => {
          const often = times === 1 ? '' : ` (${times} times since ${new Date(firstMs).toISOString()})`;
          return `  ${new Date(lastMs).toISOString()} ${type}${often}: ${printable(message)}`;
        })
        .join('\n')}`,
    );
  }
  if (textOf(description['executionPlan']) !== '')
    parts.push(`Execution plan\n--------------\n${textOf(description['executionPlan'])}`);
  if (textOf(description['topology']) !== '')
    parts.push(`Processing topology\n-------------------\n${textOf(description['topology']).trimEnd()}`);
  return parts.join('\n\n');
}

/** The progress of restoring a query's state, e.g. `42 % (420000 of 1000000 changelog offsets)`. */
function restoreText(progress: Fields): string {
  const { restoredOffsets, totalOffsets, share } = progress;
  return `${Math.floor(Number(share) * 100)} % (${textOf(restoredOffsets)} of ${textOf(totalOffsets)} changelog offsets)`;
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}
