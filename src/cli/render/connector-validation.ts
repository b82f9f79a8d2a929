import type { Entity } from '../../wire/entities.ts';
import { fieldsOf, listOf, textOf, textsOf, type Fields } from './fields.ts';
import { renderFields, renderTable } from './table.ts';

/** VALIDATE CONNECTOR: the errors, or what would be created. */
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
    ...topicsOf(entity, width),
  ].join('\n\n');
}

/** EXPLAIN CREATE CONNECTOR: the settings that are new or changed, and what would be created. */
export function renderDifference(entity: Entity, width: number): string {
  const name = textOf(entity['connectorName']);
  const exists = entity['exists'] === true;
  const changes = listOf(entity['changes']);
  if (changes.length === 0) return `Connector ${name} has these settings: nothing would change.`;
  const rows = changes.map((c) => [textOf(c['name']), ...(exists ? [textOf(c['from'])] : []), textOf(c['to'])]);
  return [
    exists ? `Connector ${name} would change. Nothing did.` : `Connector ${name} would be made. Nothing was.`,
    renderTable(
      [
        { title: 'Setting', keep: true },
        ...(exists ? [{ title: 'Now' }] : []),
        { title: exists ? 'Would be' : 'Value' },
      ],
      rows,
      width,
    ),
    ...topicsOf(entity, width),
  ].join('\n\n');
}

function topicsOf(entity: Entity, width: number): string[] {
  return listOf(entity['topics']).map((topic) => renderTopic(topic, width));
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
