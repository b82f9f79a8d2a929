import { messageOf } from '../../../base/errors.ts';
import {
  givenText,
  invalidSetting,
  missingKey,
  RuleCheck,
  writtenText,
  type ConfigProblem,
  type RawConfig,
} from '../../api/config-spec.ts';
import type { SourcePlugin } from '../../api/connector.ts';
import { compileAvro, type AvroRecord } from './generator.ts';
import { QUICKSTARTS } from './quickstarts.ts';
import { presetSettings, RELATED_NAMES } from './related/presets.ts';
import { relatedTables, tablePreview } from './related/tables.ts';
import { CLOUD_SETTINGS } from '../internal/cloud-formats.ts';
import { DATA_NAMES, DATAGEN } from './datagen-keys.ts';

const PREVIEW_ROWS = 5;
/** Settings of one topic that have no effect on tables. */
const OF_ONE_TOPIC = [DATAGEN.schemaString, DATAGEN.schemaKeyfield];

function check(config: RawConfig): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const quickstart = writtenText(config, DATAGEN.quickstart).toLowerCase();
  const text = writtenText(config, DATAGEN.schemaString);
  if (writtenText(config, DATAGEN.tables) !== '') return checkTables(config, quickstart);
  const stray = Object.keys(config).find((key) => key.startsWith('tables.'));
  if (stray !== undefined) {
    const [, name] = stray.split('.');
    problems.push({ key: stray, message: `Setting ${stray} is not read without tables. Add it: tables='${name}'` });
  }
  if (writtenText(config, DATAGEN.kafkaTopic) === '')
    problems.push({ key: DATAGEN.kafkaTopic.name, message: missingKey(DATAGEN.kafkaTopic.name) });
  if ((quickstart === '') === (text === '')) {
    const message = 'Must configure exactly one of quickstart or schema.string';
    problems.push({
      key: DATAGEN.quickstart.name,
      message: `${message} (quickstart is one of ${DATA_NAMES.join(', ')}), or tables`,
    });
    return problems;
  }
  let schema: AvroRecord | undefined = QUICKSTARTS[quickstart]?.schema;
  if (text !== '') {
    try {
      schema = JSON.parse(text) as AvroRecord;
      if (compileAvro(schema).schema.type !== 'STRUCT') throw new Error('it is no record');
    } catch (error) {
      problems.push({
        key: DATAGEN.schemaString.name,
        message: `Invalid value for configuration schema.string: ${messageOf(error)}`,
      });
      return problems;
    }
  }
  const field = writtenText(config, DATAGEN.schemaKeyfield);
  if (field !== '' && schema && !schema.fields.some((f) => f.name === field)) {
    problems.push(
      invalidSetting(
        DATAGEN.schemaKeyfield.name,
        field,
        `the fields are ${schema.fields.map((f) => f.name).join(', ')}`,
      ),
    );
  }
  return problems;
}

/** The listed tables. */
const namesOf = (config: RawConfig): string[] =>
  writtenText(config, DATAGEN.tables)
    .split(',')
    .map((name) => name.trim());

const implied = (config: RawConfig): RawConfig =>
  presetSettings(writtenText(config, DATAGEN.quickstart), givenText(config, DATAGEN.tables));

function checkTables(config: RawConfig, quickstart: string): ConfigProblem[] {
  const rules = new RuleCheck(config);
  if (quickstart !== '' && !RELATED_NAMES.includes(quickstart))
    rules.refuse(DATAGEN.quickstart, `it is not together with tables; ${RELATED_NAMES.join(', ')} are tables`);
  for (const key of OF_ONE_TOPIC) if (rules.text(key) !== '') rules.refuse(key, 'it is not together with tables');
  if (rules.text(DATAGEN.kafkaTopic) !== '')
    rules.refuse(
      DATAGEN.kafkaTopic,
      `each table has its own topic: ${DATAGEN.topicPrefix.name} begins their names, tables.NAME.topic is one`,
    );
  return [
    ...rules.problems,
    ...relatedTables(config, { names: namesOf(config), seed: 0, topicPrefix: rules.text(DATAGEN.topicPrefix) })
      .problems,
  ];
}

export const datagenSource: SourcePlugin = {
  type: 'source',
  name: 'datagen',
  className: 'io.confluent.kafka.connect.datagen.DatagenConnector',
  aliases: ['sluice.connect.DatagenSourceConnector'],
  version: '0.1.0',
  doc: 'Makes example data: page views, users, orders and the like, related tables, or records of any Avro schema.',
  config: Object.values(DATAGEN),
  check,
  families: ['tables.'],
  impliedSettings: implied,
  otherWords: CLOUD_SETTINGS,
  shortForm: {
    keys: [
      {
        name: 'data',
        sets: ['quickstart'],
        doc: 'Which data: pageviews, users, orders ...; all names stand at quickstart. Not with tables.',
      },
      { name: 'topic', sets: ['kafka.topic'], doc: 'Topic to write to, of data that is one topic.' },
      { name: 'prefix', sets: ['topic.prefix'], doc: "Put before each table's name to make the topic's name." },
      { name: 'rate', sets: ['messages.per.second'], doc: 'Records per second.' },
    ],
    // About ten per second; either setting, if given, has precedence.
    defaults: { 'max.interval': '200' },
  },
  previewSettings: (config) => {
    const full = { ...implied(config), ...config };
    const isRelated = writtenText(full, DATAGEN.tables) !== '';
    return {
      'max.interval': '1',
      ...(isRelated ? tablePreview(namesOf(full), PREVIEW_ROWS) : { iterations: String(PREVIEW_ROWS) }),
    };
  },
  load: async () => (await import('./datagen-source.ts')).implementation,
};
