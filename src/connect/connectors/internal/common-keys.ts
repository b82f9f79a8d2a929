import { atLeast, between, oneOfIgnoringCase, type ConfigKey } from '../../api/config-spec.ts';

/* Common parts of settings that several connectors have. Default, description and position belong to each connector. */

type Own = Pick<ConfigKey, 'default' | 'documentation' | 'group' | 'order'> &
  Partial<Pick<ConfigKey, 'importance' | 'width' | 'aliases'>>;

/** How often a request is repeated. */
export const maxRetries = <const O extends Own>(own: O) =>
  ({
    name: 'max.retries',
    type: 'INT',
    importance: 'LOW',
    displayName: 'Max Retries',
    validator: atLeast(0),
    ...own,
  }) as const;

/** The pause before the first repetition. */
export const retryBackoffMs = <const O extends Own, const T extends 'INT' | 'LONG'>(type: T, own: O) =>
  ({
    name: 'retry.backoff.ms',
    type,
    importance: 'LOW',
    displayName: 'Retry Backoff (ms)',
    validator: between(1, 3_600_000),
    ...own,
  }) as const;

/** Whether the key's columns are written in addition to the value's. */
export const recordKeyColumns = (own: Omit<Own, 'default'>) =>
  ({
    name: 'record.key.columns',
    type: 'BOOLEAN',
    default: 'false',
    importance: 'LOW',
    displayName: 'Write Key Columns',
    ...own,
  }) as const;

/** How times are written in JSON. */
export const timeFormat = (own: Omit<Own, 'default'>) =>
  ({
    name: 'time.format',
    type: 'STRING',
    default: 'epoch',
    importance: 'LOW',
    displayName: 'Time Format',
    validator: oneOfIgnoringCase('epoch', 'iso'),
    recommend: () => ['epoch', 'iso'],
    ...own,
  }) as const;

/** A setting of another connector that has no effect here, with the reason. */
export const idleKey = (name: string, documentation: string, inert: string): ConfigKey => ({
  name,
  type: 'STRING',
  default: null,
  importance: 'LOW',
  documentation,
  inert,
  group: 'Others',
});

/** The settings of a plugin, with a default display width. */
export const keysOf = (...groups: readonly (readonly ConfigKey[])[]): readonly ConfigKey[] =>
  groups.flat().map((key) => ({ width: 'MEDIUM', ...key }));
