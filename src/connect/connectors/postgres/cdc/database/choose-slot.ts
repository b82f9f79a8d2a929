import type { Config } from '../../../../api/config-spec.ts';
import type { SourceConnectorContext } from '../../../../api/connector.ts';
import type { Client } from '../../connection.ts';
import { keptStream, STREAM } from '../offsets.ts';
import { captureSettings, slotNames } from '../settings.ts';
import { slotNamed } from './slot.ts';

/**
 * Chooses the connector's slot: its current one, the one named by the user, or the first of our names that is not in
 * use.
 */
export async function chooseSlot(
  client: Client,
  config: Config,
  context: Pick<SourceConnectorContext, 'name' | 'offset'>,
): Promise<string> {
  const settings = captureSettings(config);
  if (settings.slot !== undefined) return settings.slot;
  const kept = keptStream(context.offset(STREAM));
  if (kept !== undefined) return kept.slot;
  for (const name of slotNames(context.name, settings)) if ((await slotNamed(client, name)) === undefined) return name;
  throw new Error('Names do not end');
}
