import { SluiceError } from './errors.ts';

/**
 * What a caller may be allowed to do, over every listener alike.
 *
 * - `see`: names, shapes, states, figures; settings without their secrets. Whoever may do anything may see.
 * - `read`: rows of streams, tables and topics; maybe only of some, by name.
 * - `write`: rows, and what is made of them: streams, tables, types, queries, schemas; maybe only some streams, tables
 *   and topics, by name.
 * - `connectors`: connectors, which read and write with the rights of the server; maybe only some, by name.
 * - `administer`: what concerns everybody: settings of the server, topics of others, the whole cluster.
 */
export const RIGHTS = ['see', 'read', 'write', 'connectors', 'administer'] as const;
export type Right = (typeof RIGHTS)[number];

/** What a statement or a route asks of its caller. */
export interface Need {
  readonly right: Right;
  /** Of `connectors`: which one; absent where none is named: a right over any of them will do. */
  readonly connector?: string | undefined;
  /**
   * Of `read` and `write`: which stream, table or topic; absent where none is named, or all are meant: a right over
   * some of them will not do.
   */
  readonly source?: string | undefined;
  /** A right over any of them will do: what is asked for names one later. */
  readonly some?: true;
}

/** What a route asks of whoever calls it; `nothing`: it answers strangers as well. */
export type RouteNeeds<C> = Right | 'nothing' | ((call: C) => readonly Need[]);

/** The caller, as far as known, and its rights. */
export interface Caller {
  /** Undefined: nobody was asked who they are, for there are no users. */
  readonly name: string | undefined;
  /** The address from which they ask; undefined: from within this process. */
  readonly from: string | undefined;
  may(need: Need): boolean;
}

/** The server itself, and who embeds it. */
export const SERVER_ITSELF: Caller = { name: undefined, from: undefined, may: () => true };

/** Somebody who has not shown who they are: may do nothing. */
export const NOBODY: Caller = { name: undefined, from: undefined, may: () => false };

/** What is needed and not allowed. */
export function missingNeeds(caller: Caller, needs: readonly Need[]): readonly Need[] {
  return needs.filter((need) => !caller.may(need));
}

/** @param what what was tried, as in `DROP CONNECTOR orders`. @throws SluiceError FORBIDDEN */
export function checkNeeds(caller: Caller, needs: readonly Need[], what: string): void {
  const [missing] = missingNeeds(caller, needs);
  if (missing !== undefined) throw forbidden(caller, missing, what);
}

/** The refusal of what a caller may not do. */
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
