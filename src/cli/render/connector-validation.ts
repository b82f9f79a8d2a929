import type { Entity } from '../../wire/entities.ts';
import { fieldsOf, listOf, textOf, textsOf, type Fields } from './fields.ts';
import { renderFields, renderTable } from './table.ts';

/** VALIDATE CONNECTOR: what is wrong, or what would be made. */
export function renderValidation(entity: Entity, width: number): string {
  const name = textOf(entity['connectorName']);
  if (entity['isValid'] !== true) {
    const problems = textsOf(entity['problems']);
    const hint = textOf(entity['hint']);
    return [
      `Connector ${name} could not be made: ${problems.length === 1 ? 'one problem' : `${problems.length} problems`}`,
      ...problems.map((problem) => `  ${problem}`),
      ...(hint === '' ? [] : [hint]),
    ].join('\n');
  }
  const config = Object.entries(fieldsOf(entity['config'])).map(([key, value]): [string, string] => [
    key,
    textOf(value),
  ]);
  return [
    `Connector ${name} could be made. Nothing was.`,
    renderFields(config, width),
    ...listOf(entity['topics']).map((topic) => renderTopic(topic, width)),
  ].join('\n\n');
}

function renderTopic(topic: Fields, width: number): string {
  const statement = textOf(topic['statement']);
  const note = textOf(topic['note']);
  const columns = listOf(topic['columns']);
  const rows = listOf(topic['rows']);
  const columnRows = columns.map((c) => [
    `${textOf(c['name'])}${c['isKey'] === true ? ' (key)' : ''}`,
    textOf(c['sourceType']),
    textOf(c['type']),
    textOf(c['loss']),
  ]);
  return [
    `Topic ${textOf(topic['topic'])}:`,
    ...(statement === '' ? [] : [`    ${statement}`]),
    ...(note === '' ? [] : [`    ${note}`]),
    ...(columns.length === 0
      ? []
      : [
          renderTable(
            [{ title: 'Column', keep: true }, { title: 'In the source' }, { title: 'In SQL' }, { title: 'Lost' }],
            columnRows,
            width,
          ),
        ]),
    ...(rows.length === 0
      ? ['No rows yet.']
      : [
          renderTable(
            [{ title: 'Key' }, { title: 'First rows' }],
            rows.map((row) => [textOf(row['key']), textOf(row['value'])]),
            width,
          ),
        ]),
  ].join('\n');
}
