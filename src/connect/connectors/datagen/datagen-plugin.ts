import { messageOf } from '../../../base/errors.ts';
import { invalidSetting, writtenText, type ConfigProblem, type RawConfig } from '../../api/config-spec.ts';
import type { SourcePlugin } from '../../api/connector.ts';
import { compileAvro, type AvroRecord } from './generator.ts';
import { QUICKSTART_NAMES, QUICKSTARTS } from './quickstarts.ts';
import { CLOUD_SETTINGS } from '../internal/cloud-formats.ts';
import { DATAGEN } from './datagen-keys.ts';

function check(config: RawConfig): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const quickstart = writtenText(config, DATAGEN.quickstart);
  const text = writtenText(config, DATAGEN.schemaString);
  if ((quickstart === '') === (text === '')) {
    const message = 'Must configure exactly one of quickstart or schema.string';
    problems.push({
      key: DATAGEN.quickstart.name,
      message: `${message} (quickstart is one of ${QUICKSTART_NAMES.join(', ')})`,
    });
    return problems;
  }
  let schema: AvroRecord | undefined = QUICKSTARTS[quickstart.toLowerCase()]?.schema;
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

export const datagenSource: SourcePlugin = {
  type: 'source',
  name: 'datagen',
  className: 'io.confluent.kafka.connect.datagen.DatagenConnector',
  aliases: ['sluice.connect.DatagenSourceConnector'],
  version: '0.1.0',
  doc: 'Makes example data: page views, users, orders and the like, or records of any Avro schema.',
  config: Object.values(DATAGEN),
  check,
  otherWords: CLOUD_SETTINGS,
  shortForm: {
    keys: [
      {
        name: 'data',
        sets: ['quickstart'],
        doc: 'Which data: pageviews, users, orders ...; all names stand at quickstart.',
        required: true,
      },
      { name: 'topic', sets: ['kafka.topic'], doc: 'Topic to write to.', required: true },
      { name: 'rate', sets: ['messages.per.second'], doc: 'Records per second.' },
    ],
    // About ten per second; either setting, if given, has precedence.
    defaults: { 'max.interval': '200' },
  },
  previewSettings: () => ({ 'max.interval': '1', iterations: '5' }),
  load: async () => (await import('./datagen-source.ts')).implementation,
};
