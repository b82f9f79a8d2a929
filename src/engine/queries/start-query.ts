import { SluiceError } from '../../base/errors.ts';
import type { PushQueries } from '../push/push-queries.ts';
import type { PrintHandle, QueryHandle } from '../query-handle.ts';
import type { Services } from '../services.ts';
import type { Session } from '../session.ts';

export async function startQuery(_text: string, _session: Session, _services: Services, _push: PushQueries): Promise<QueryHandle | PrintHandle> {
  throw new SluiceError('INTERNAL', 'wip');
}
