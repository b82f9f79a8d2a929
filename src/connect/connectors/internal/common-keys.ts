import { atLeast, between, oneOfIgnoringCase, type ConfigKey } from '../../api/config-spec.ts';

/* Settings that several connectors have: what is the same of them. Default, words and place are each connector's. */

type Own = Pick<ConfigKey, 'default' | 'documentation' | 'group' | 'order'> &
  Partial<Pick<ConfigKey, 'importance' | 'width' | 'aliases'>>;

/** How often a request is sent again. */
export const maxRetries = <const O extends Own>(own: O) =>
  ({
    name: 'max.retries',
    type: 'INT',
    importance: 'LOW',
    displayName: 'Max Retries',
    validator: atLeast(0),
    ...own,
  }) as const;

/** The first pause before that. */
export const retryBackoffMs = <const O extends Own, const T extends 'INT' | 'LONG'>(type: T, own: O) =>
  ({
    name: 'retry.backoff.ms',
    type,
    importance: 'LOW',
    displayName: 'Retry Backoff (ms)',
    validator: between(1, 3_600_000),
    ...own,
  }) as const;

/** Whether what is written has the columns of the key beside those of the value. */
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

/** A setting of another connector that has no effect here, for a reason. */
export const idleKey = (name: string, documentation: string, inert: string): ConfigKey => ({
  name,
  type: 'STRING',
  default: null,
  importance: 'LOW',
  documentation,
  inert,
  group: 'Others',
});

/** The settings of a plug-in, wide as most are where they do not say. */
export const keysOf = (...groups: readonly (readonly ConfigKey[])[]): readonly ConfigKey[] =>
  groups.flat().map((key) => ({ width: 'MEDIUM', ...key }));
