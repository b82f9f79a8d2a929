import type { SinkPlugin, SourcePlugin } from '../../api/connector.ts';
import { FILE_SINK, FILE_SOURCE } from './file-keys.ts';

export const fileSource: SourcePlugin = {
  type: 'source',
  name: 'file-source',
  className: 'org.apache.kafka.connect.file.FileStreamSourceConnector',
  aliases: [],
  version: '4.3.1',
  doc: 'Reads a file line by line, and goes on as it grows.',
  config: Object.values(FILE_SOURCE),
  previewSettings: () => ({ 'batch.size': '5' }),
  load: async () => (await import('./file-source.ts')).implementation,
};

export const fileSink: SinkPlugin = {
  type: 'sink',
  name: 'file-sink',
  className: 'org.apache.kafka.connect.file.FileStreamSinkConnector',
  aliases: [],
  version: '4.3.1',
  doc: 'Appends the value of each record to a file, one line each.',
  config: Object.values(FILE_SINK),
  sourcesDefaults: (sources) => (sources.some((s) => s.hasKey) ? { 'record.key.columns': 'true' } : {}),
  load: async () => (await import('./file-sink.ts')).implementation,
};
