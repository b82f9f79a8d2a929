import type { ShortFormKey } from '../../api/connector.ts';

/** The keys of CREATE CONNECTOR that locate a database. @param urls the form of its URLs */
export const locationKeys = (urls: string): readonly ShortFormKey[] => [
  { name: 'url', sets: ['connection.url'], doc: urls, required: true },
  { name: 'user', sets: ['connection.user'], doc: 'User, where it is not in the URL.' },
  { name: 'password', sets: ['connection.password'], doc: 'Password, where it is not in the URL.' },
];

/** The keys of every database source. */
export const READING_KEYS: readonly ShortFormKey[] = [
  { name: 'tables', sets: ['table.whitelist'], doc: 'Tables to read, separated by commas. Default: all.' },
  { name: 'prefix', sets: ['topic.prefix'], doc: "Put before each table's name to make the topic's name." },
  { name: 'poll', sets: ['poll.interval.ms'], doc: 'How often each table is looked at, in ms.' },
];

/** The defaults of the short form of every database source. */
export const READING_DEFAULTS = { 'poll.interval.ms': '1000', 'table.poll.interval.ms': '10000' };

/** The keys of every database sink. */
export const WRITING_KEYS: readonly ShortFormKey[] = [
  { name: 'table', sets: ['table.name.format'], doc: 'Name of the table.' },
];
