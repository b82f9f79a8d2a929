import { atLeast, configKeys } from '../../api/config-spec.ts';

export const FILE_SOURCE = configKeys({
  file: {
    name: 'file',
    type: 'STRING',
    default: null,
    importance: 'HIGH',
    documentation: 'Path of the file to read, below the folders of connect.allowed.paths. It may appear later.',
    isFile: true,
  },
  topic: {
    name: 'topic',
    type: 'STRING',
    importance: 'HIGH',
    documentation: 'Topic to write the lines to.',
    validator: (value) => (value === '' ? 'String may not be empty' : undefined),
  },
  batchSize: {
    name: 'batch.size',
    type: 'INT',
    default: '2000',
    importance: 'LOW',
    documentation: 'Most lines of one poll.',
    validator: atLeast(1),
  },
});

export const FILE_SINK = configKeys({
  file: {
    name: 'file',
    type: 'STRING',
    default: null,
    importance: 'HIGH',
    documentation: 'Path of the file to append to, below the folders of connect.allowed.paths.',
    isFile: true,
  },
  recordKeyColumns: {
    name: 'record.key.columns',
    type: 'BOOLEAN',
    default: 'false',
    importance: 'LOW',
    documentation:
      'Whether a line has the columns of the key too, before those of the value; a record without a value is then a line of its key with "__deleted". On for a sink that is made with sources.',
  },
});
