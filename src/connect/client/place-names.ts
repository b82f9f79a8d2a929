/**
 * Settings that say where a connection goes, by the words that their names are made of: a stored password is for that
 * place alone.
 */
export const PLACE = /(?:^|[._-])(?:url|uri|host|hostname|port|server|broker|endpoint|address)(?:e?s)?(?:$|[._-])/i;
