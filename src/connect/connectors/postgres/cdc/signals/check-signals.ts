import { missingSetting, writtenText, type ConfigProblem, type RawConfig } from '../../../../api/config-spec.ts';
import { CAPTURE } from '../config-keys.ts';

/** Checks combinations of the settings for signals. */
export function checkSignals(config: RawConfig): readonly ConfigProblem[] {
  const channels = writtenText(config, CAPTURE.signalChannels)
    .split(',')
    .map((channel) => channel.trim());
  return channels.includes('file') && writtenText(config, CAPTURE.signalFile) === ''
    ? [missingSetting(CAPTURE.signalFile.name, 'channel file needs it')]
    : [];
}
