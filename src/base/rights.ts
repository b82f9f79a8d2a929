import { SluiceError } from './errors.ts';

/**
 * What a caller may be allowed to do, on every listener.
 *
 * - `see`: names, shapes, states, figures; settings without their secrets. Every other right includes it.
 * - `read`: rows of streams, tables and topics; possibly only of some, by name.
 * - `write`: rows, and what is derived from them: streams, tables, types, queries, schemas; possibly only some streams,
 *   tables and topics, by name.
 * - `connectors`: connectors, which read and write with the rights of the server; possibly only some, by name.
 * - `administer`: what affects everybody: settings of the server, topics of others, the whole cluster.
 */
export const RIGHTS = ['see', 'read', 'write', 'connectors', 'administer'] as const;
export type Right = (typeof RIGHTS)[number];

/** A right that a statement or a route requires. */
export interface Need {
  readonly right: Right;
  /** For `connectors`: the connector's name. When absent, a right to any connector suffices. */
  readonly connector?: string | undefined;
  /** For `read` and `write`: the stream, table or topic. When absent, the right must cover all of them. */
  readonly source?: string | undefined;
  /** A right to any one of them suffices: the request names the object later. */
  readonly some?: true;
}

/** What a route requires of its caller. `nothing`: it answers callers that have not logged in, too. */
export type RouteNeeds<C> = Right | 'nothing' | ((call: C) => readonly Need[]);

/** The caller, as far as it is known, and its rights. */
export interface Caller {
  /** Undefined: there are no users, so nobody had to log in. */
  readonly name: string | undefined;
  /** The caller's address; undefined for calls from within this process. */
  readonly from: string | undefined;
  may(need: Need): boolean;
}

/** The server itself, or a program that embeds it. */
export const SERVER_ITSELF: Caller = { name: undefined, from: undefined, may: () => true };

/** A caller that has not logged in; it may do nothing. */
export const NOBODY: Caller = { name: undefined, from: undefined, may: () => false };

/** The needs that the caller's rights do not cover. */
export function missingNeeds(caller: Caller, needs: readonly Need[]): readonly Need[] {
  return needs.filter((need) => !caller.may(need));
}

/** @param what the attempted action, as in `DROP CONNECTOR orders`. @throws SluiceError FORBIDDEN */
export function checkNeeds(caller: Caller, needs: readonly Need[], what: string): void {
  const [missing] = missingNeeds(caller, needs);
  if (missing !== undefined) throw forbidden(caller, missing, what);
}

/** The error for an action that the caller may not take. */
export function forbidden(caller: Caller, missing: Need, what: string): SluiceError {
  const name = missing.connector ?? missing.source;
  const right = name === undefined ? missing.right : `${missing.right}:${name}`;
  return new SluiceError('FORBIDDEN', `User ${caller.name ?? 'unknown'} may not do this: ${what} needs ${right}`, {
    hint: `A role of the user has to grant ${right}: roles are in authentication.realm, what they grant in authentication.role.NAME.`,
  });
}

/** The needs of a route for one call of it. */
export function needsOf<C>(needs: RouteNeeds<C>, call: () => C): readonly Need[] {
  if (needs === 'nothing') return [];
  return typeof needs === 'function' ? needs(call()) : [{ right: needs }];
}
