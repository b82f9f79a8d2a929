import { SluiceError } from '../base/errors.ts';
import type { Span } from './span.ts';

/** The longest name of a topic, as Kafka has it, of a connector, and of a stream or table, in characters. */
export const NAME_MAX = 249;

/** Why Kafka would refuse the name; undefined when it would accept it. */
export function topicNameProblem(name: string): string | undefined {
  return name === ''
    ? 'the empty string is not allowed'
    : name === '.' || name === '..'
      ? "'.' and '..' are not allowed"
      : name.length > NAME_MAX
        ? `the length of '${name}' is longer than the max allowed length ${NAME_MAX}`
        : /^[a-zA-Z0-9._-]+$/.test(name)
          ? undefined
          : `'${name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`;
}

/**
 * Checks the length of a stream's or table's name, which names a topic where none is given.
 * @throws SluiceError STATEMENT
 */
export function checkSourceName(name: string, kind: string, span: Span): void {
  if (name.length > NAME_MAX)
    throw new SluiceError(
      'STATEMENT',
      `The name of a ${kind} has at most ${NAME_MAX} characters, as that of a topic: this one has ${name.length}`,
      {
        span,
      },
    );
}

/**
 * Checks that Kafka would accept the name.
 * @throws SluiceError REJECTED
 */
export function checkTopicName(name: string): void {
  const problem = topicNameProblem(name);
  if (problem !== undefined) throw new SluiceError('REJECTED', `Topic name is invalid: ${problem}`);
}
