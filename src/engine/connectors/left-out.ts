import type { ConnectClient, ConnectorInfo } from '../../connect/client/api.ts';
import { formatName } from '../../sql/printer/names.ts';
import type { Services } from '../services.ts';
import { unsentLetters } from './dead-letters.ts';

/**
 * Records that a connector could not handle and went on without (`errors.tolerance=all`): one sentence. The embedded
 * worker counts them. Connect's REST API does not tell (its JMX metrics do), so that of a cluster's connector only
 * those are known that it put aside.
 */
export async function leftOutNotes(
  { name, config, type }: ConnectorInfo,
  connect: ConnectClient,
  services: Services,
): Promise<readonly string[]> {
  if (config['errors.tolerance']?.trim().toLowerCase() !== 'all') return [];
  const letters = (config['errors.deadletterqueue.topic.name'] ?? '').trim();
  if (connect.embedded !== undefined) return ofWorker(name, letters, connect.embedded.totals());
  // Connect itself gives dead letters to sinks alone.
  if (letters === '' || type !== 'sink')
    return [
      `Records that it cannot handle are left out ('errors.tolerance'='all'), and Kafka Connect does not tell how many over REST: ${type === 'sink' ? "'errors.deadletterqueue.topic.name' keeps them, " : ''}'errors.log.enable'='true' has them in the worker's log`,
    ];
  const count = await unsentLetters(letters, name, services.log);
  if (count === 0) return [];
  return [
    `${count} dead letter${count === 1 ? '' : 's'} in ${letters} that ${count === 1 ? 'was' : 'were'} not sent again ('errors.tolerance'='all'): SHOW DEAD LETTERS OF ${formatName(name)}; has the reasons`,
  ];
}

function ofWorker(
  name: string,
  letters: string,
  totals: ReturnType<NonNullable<ConnectClient['embedded']>['totals']>,
): string[] {
  const own = totals.filter((t) => t.name === name);
  const count = own.reduce((sum, t) => sum + t.failures, 0);
  if (count === 0) return [];
  const where =
    letters === ''
      ? `the log has the reasons with 'errors.log.enable'='true', and 'errors.deadletterqueue.topic.name' keeps them`
      : `SHOW DEAD LETTERS OF ${formatName(name)}; has the reasons`;
  const last = own.find((t) => t.lastFailure !== undefined)?.lastFailure;
  return [
    `${count} record${count === 1 ? '' : 's'} left out since the tasks began ('errors.tolerance'='all'): ${where}${last === undefined ? '' : `. The last: ${last}`}`,
  ];
}
