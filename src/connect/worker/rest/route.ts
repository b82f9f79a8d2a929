import type { AuditLog } from '../../../base/audit.ts';
import type { RouteNeeds } from '../../../base/rights.ts';
import type { RoutePattern } from '../../../base/routes.ts';
import type { Logger } from '../../../base/env.ts';
import type { Herder } from '../herder.ts';
import type { Passwords } from '../worker-options.ts';

export interface RestOptions {
  readonly herder: Herder;
  readonly logger: Logger;
  readonly audit?: AuditLog | undefined;
  /** The WWW-Authenticate header of a 401 response: the accepted kinds of authentication. */
  readonly challenge?: string | undefined;
  /** For Location headers, e.g. `http://localhost:8083`. */
  readonly url: string;
  /**
   * `connect.rest.show.passwords`: whether responses contain passwords, as Kafka Connect's do. By default they contain
   * `[hidden]`.
   */
  readonly passwords?: Passwords | undefined;
}

/** A request whose route is known. */
export interface Call {
  readonly parameters: readonly string[];
  readonly query: URLSearchParams;
  /** The parsed body; undefined when there is none. */
  readonly body: unknown;
  readonly options: RestOptions;
}

/** A response before it is serialized; no body: undefined. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Route extends RoutePattern {
  readonly needs: RouteNeeds<Call>;
  readonly handle: (call: Call) => Answer | Promise<Answer>;
}

/** A response with status 200. */
export const ok = (body: unknown): Answer => ({ status: 200, body });
