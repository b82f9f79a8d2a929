import { must } from '../../../../base/assert.ts';

/** Names for drivers, players, customers and employees; not of real persons. */
export const FIRST_NAMES: readonly string[] = [
  'Ada',
  'Benito',
  'Clara',
  'Derk',
  'Egon',
  'Frieda',
  'Gerda',
  'Hayley',
  'Isadora',
  'Jori',
  'Kata',
  'Lionel',
  'Marietta',
  'Nolan',
  'Owen',
  'Pia',
  'Quint',
  'Rosa',
  'Simona',
  'Talbot',
  'Ulla',
  'Vergil',
  'Winslow',
  'Zea',
];
export const LAST_NAMES: readonly string[] = [
  'Allcorn',
  'Baldi',
  'Cashell',
  'Dunsford',
  'Eddy',
  'Fewings',
  'Guildford',
  'Hallowell',
  'Ivers',
  'Joblin',
  'Klemt',
  'Lasselle',
  'Milazzo',
  'Nayshe',
  'Ottiwill',
  'Ponton',
  'Quarles',
  'Rossant',
  'Starcks',
  'Tuma',
  'Urquhart',
  'Vockins',
  'Westhofer',
  'Yellowlea',
];
/** Addresses of the ranges that are reserved for documentation (RFC 5737). */
export const ADDRESSES: readonly string[] = ['192.0.2', '198.51.100', '203.0.113'].flatMap((net) =>
  [7, 21, 44, 68, 93, 120, 151, 187, 214, 250].map((host) => `${net}.${host}`),
);

export const FULL_NAMES: readonly string[] = FIRST_NAMES.flatMap((first, i) => [
  `${first} ${must(LAST_NAMES[i], 'last name')}`,
  `${first} ${LAST_NAMES[(i + 7) % LAST_NAMES.length]!}`,
]);
