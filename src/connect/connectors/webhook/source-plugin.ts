import type { SourcePlugin } from '../../api/connector.ts';
import { writtenText } from '../../api/config-spec.ts';
import { checkWebhook, KEYS, WEBHOOK } from './webhook-keys.ts';

const CONVERTER = 'value.converter';
const CONVERTERS: Readonly<Record<string, string>> = {
  bytes: 'org.apache.kafka.connect.converters.ByteArrayConverter',
  json: 'org.apache.kafka.connect.storage.StringConverter',
  text: 'org.apache.kafka.connect.storage.StringConverter',
};

export const webhookSource: SourcePlugin = {
  type: 'source',
  name: 'webhook',
  className: 'sluice.connect.WebhookSourceConnector',
  aliases: [],
  version: '0.1.0',
  doc: 'Takes what services send to POST /hooks/NAME of this server: signed, each delivery once, answered when it is written.',
  config: KEYS,
  check: checkWebhook,
  receives: true,
  // A body that is kept unchanged has no other form: the worker's default converter would put it in quotes.
  impliedSettings: (config) => {
    const format = writtenText(config, WEBHOOK.format).toLowerCase();
    const converter = writtenText(config, WEBHOOK.columns) === '' ? CONVERTERS[format] : undefined;
    return converter === undefined ? {} : { [CONVERTER]: converter };
  },
  shortForm: {
    keys: [],
    // The stream has the name of the topic.
    defaults: { 'sql.name.prefix': '' },
  },
  load: async () => (await import('./webhook-source.ts')).webhookSourceImplementation,
};
