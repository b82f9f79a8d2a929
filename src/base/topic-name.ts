import { SluiceError } from '../base/errors.ts';

const NAME_MAX = 249;

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
 * Checks that Kafka would accept the name.
 * @throws SluiceError REJECTED
 */
export function checkTopicName(name: string): void {
  const problem = topicNameProblem(name);
  if (problem !== undefined) throw new SluiceError('REJECTED', `Topic name is invalid: ${problem}`);
}
