import type { Env } from '../../../../../base/env.ts';
import type { Forgotten } from '../../../../api/connector.ts';
import type { Connection } from '../../../database/dialect.ts';
import { quoteIdentifier, type PostgresConnection } from '../../connection.ts';
import { codeOf, POSTGRES_ERRORS } from '../../errors.ts';
import { removalOf } from './leftovers.ts';
import { STREAM, type KeptStream } from '../offsets.ts';
import { publicationsOf } from './publication-names.ts';
import { dropSlot, slotNamed } from './slot.ts';

const IN_USE = '55006';
/** How long to wait for a reader that has just been stopped, in ms. */
const RELEASE_MS = 10_000;
const PAUSE_MS = 100;

/**
 * Drops the slot and the publications if we created them. If the database cannot be reached, their offset is kept, so
 * that they remain known.
 */
export async function forgetCapture(
  kept: KeptStream | undefined,
  connect: () => Promise<Connection>,
  env: Env,
): Promise<Forgotten> {
  if (kept === undefined) return {};
  if (!kept.made) return { notes: [`Replication slot ${kept.slot} was made by somebody else: it stays`] };
  let connection: PostgresConnection | undefined;
  try {
    connection = (await connect()) as PostgresConnection;
    const { client } = connection;
    for (let waitedMs = 0; (await slotNamed(client, kept.slot)) !== undefined; waitedMs += PAUSE_MS) {
      try {
        await dropSlot(client, kept.slot);
        break;
      } catch (error) {
        if (codeOf(error) !== IN_USE || waitedMs > RELEASE_MS) throw error;
        await env.timers.sleep(PAUSE_MS);
      }
    }
    const names = publicationsOf(kept.slot);
    for (const name of [names.rows, names.inserts])
      await client.query(`DROP PUBLICATION IF EXISTS ${quoteIdentifier(name)}`);
    return { notes: [`Replication slot ${kept.slot} and its publications are dropped`] };
  } catch (error) {
    return {
      notes: [
        `Replication slot ${kept.slot} could not be dropped (${POSTGRES_ERRORS.reasonOf(error)}): the database keeps its log for it until ${removalOf(kept)}`,
      ],
      keep: [STREAM],
    };
  } finally {
    await connection?.end().catch(() => {});
  }
}
