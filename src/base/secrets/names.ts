/**
 * Which settings hold secrets, by the words their names are made of. For settings that no table knows: a converter's, a
 * plugin's of which Connect tells nothing, a parameter inside a URL, a member of JSON, a header.
 */

/** A word that says secret wherever it stands in a word: `sslpassword`, `clientsecret`. */
const PART = /passw(?:or)?d|passphrase|secret|credential|pwd|jaas|apikey|accesskey|privatekey|keyfile|accountkey/;

/** A word that says so as a whole. */
const WHOLE =
  /^(?:(?:user|db|key|store|trust|my|admin|login|proxy|ssl)?pass|\w*tokens?|sas|sig|signature|cookies?|userinfo)$/;

/** Neighbours that say so together, words joined by dots. */
const TOGETHER =
  /(?:^|\.)(?:user\.info|(?:api|access|private|account|shared|encryption|signing|master|keystore|client|security|subscription|functions?|ssl|tls)\.keys?)(?:\.|$)/;

/** Authentication as such: what is set there is a secret unless the last word says otherwise. */
const AUTHENTICATION = /(?:^|\.)(?:o?auth|authn|authorization|authentication)(?:\.|$)/;

/** The last word of settings that speak about a secret: where it is fetched, of which kind, how long it lasts. */
const ABOUT = new Set(
  (
    'url urls uri uris endpoint host hostname port path location file dir directory class type method mode scheme mechanism mechanisms provider ' +
    'source algorithm format name names user username enable enabled disable disabled required ms seconds minutes interval timeout retries ' +
    'iterations size bytes length max min count policy version topic topics field fields column columns pattern regex jitter factor window ttl ' +
    'through cache'
  ).split(' '),
);

/**
 * Whether a setting, parameter, header or member of this name holds a secret. Case, separators (`.`, `-`, `_`) and
 * camel case do not matter.
 */
export function isSecretName(name: string): boolean {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1.$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  if (words.length === 0 || (words.length > 1 && ABOUT.has(words.at(-1)!))) return false;
  const joined = words.join('.');
  return (
    words.some((word) => PART.test(word) || WHOLE.test(word)) || TOGETHER.test(joined) || AUTHENTICATION.test(joined)
  );
}
