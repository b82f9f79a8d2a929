import { NamePattern } from '../../base/regex/name-pattern.ts';
import { configOf, isRegex } from '../api/config-spec.ts';
import type { PredicatePlugin } from '../api/converter.ts';
import { required } from './side.ts';

const PACKAGE = 'org.apache.kafka.connect.transforms.predicates';
const HEADER = {
  name: required('name', 'Name of the header.'),
};
const TOPIC = {
  pattern: required('pattern', "Expression that the whole topic's name must match.", { validator: isRegex }),
};

export const hasHeaderKey: PredicatePlugin = {
  className: `${PACKAGE}.HasHeaderKey`,
  aliases: ['HasHeaderKey'],
  doc: 'True for records with a header of the name.',
  config: Object.values(HEADER),
  create: (raw) => {
    const name = configOf(HEADER, raw).get(HEADER.name);
    return { test: (record) => record.headers?.some((h) => h.key === name) ?? false };
  },
};

export const recordIsTombstone: PredicatePlugin = {
  className: `${PACKAGE}.RecordIsTombstone`,
  aliases: ['RecordIsTombstone'],
  doc: 'True for records without a value.',
  config: [],
  create: () => ({ test: (record) => record.value === null }),
};

export const topicNameMatches: PredicatePlugin = {
  className: `${PACKAGE}.TopicNameMatches`,
  aliases: ['TopicNameMatches'],
  doc: "True for records whose topic's name matches.",
  config: Object.values(TOPIC),
  create: (raw) => {
    const pattern = new NamePattern(configOf(TOPIC, raw).get(TOPIC.pattern));
    return { test: (record) => pattern.test(record.topic) };
  },
};
