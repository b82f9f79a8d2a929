import { SluiceError } from '../../base/errors.ts';
import type { Query } from '../../sql/ast/query.ts';
import type { QueryHandle } from '../query-handle.ts';
import type { Services } from '../services.ts';
import type { Session } from '../session.ts';

export async function startPullQuery(
  _query: Query,
  _text: string,
  _services: Services,
  _session: Session,
): Promise<QueryHandle> {
  await Promise.resolve();
  throw new SluiceError('INTERNAL', 'Pull queries are not wired in yet');
}
