import { SluiceError } from '../../base/errors.ts';

/**
 * Parses the options of a JAAS login line as in Kafka's `sasl.jaas.config`: `org.apache.kafka...PlainLoginModule
 * required username="alice" password="a\"b";`
 * @throws SluiceError CONFIG
 */
export function parseJaas(text: string): Readonly<Record<string, string>> {
  const options: Record<string, string> = {};
  const head = /^\s*([\w.$]+)\s+(required|requisite|sufficient|optional)\b/i.exec(text);
  if (!head) {
    if (text.trim() === '') return options;
    throw new SluiceError(
      'CONFIG',
      'Invalid value for sasl.jaas.config: it does not begin with a login module and a control flag',
    );
  }
  const option = /\s*([\w.-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s;"']+))/y;
  option.lastIndex = head[0].length;
  let end = option.lastIndex;
  for (let match = option.exec(text); match; match = option.exec(text)) {
    options[match[1]!] = (match[2] ?? match[3] ?? match[4]!).replace(/\\(.)/g, '$1');
    end = option.lastIndex;
  }
  if (!/^\s*;\s*$/.test(text.slice(end))) {
    throw new SluiceError('CONFIG', 'Invalid value for sasl.jaas.config: it does not end with options and a semicolon');
  }
  return options;
}
