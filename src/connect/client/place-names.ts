/** Matches names of settings that determine the target of a connection: a stored password is only for that target. */
export const PLACE = /(?:^|[._-])(?:url|uri|host|hostname|port|server|broker|endpoint|address)(?:e?s)?(?:$|[._-])/i;
