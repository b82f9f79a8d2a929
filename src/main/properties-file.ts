import { SluiceError } from '../base/errors.ts';
import { propertyLines } from '../base/properties-text.ts';

/** The entries of a `.properties` file. @throws SluiceError CONFIG naming a line that is not key=value */
export function parseProperties(text: string): Record<string, string> {
  const properties: Record<string, string> = {};
  for (const { line, text: written, key, value } of propertyLines(text)) {
    if (key === '' || value === undefined)
      throw new SluiceError('CONFIG', `Line ${line} of the configuration is not key=value: ${written}`);
    properties[key] = value;
  }
  return properties;
}
