import { matching, of, oneOf, record, text, whole, type Quickstart } from './schema-words.ts';

/** Trades, cards, donations. */
export const FINANCE: Readonly<Record<string, Quickstart>> = {
  stock_trades: {
    keyField: 'symbol',
    schema: record('stock_trades', {
      side: of('string', { options: ['BUY', 'SELL'] }),
      quantity: of('int', { range: { min: 1, max: 5000 } }),
      symbol: of('string', { options: ['ZJZZT', 'ZTEST', 'ZVV', 'ZVZZT', 'ZWZZT', 'ZXZZT', 'ZBZX'] }),
      price: of('int', { range: { min: 5, max: 1000 } }),
      account: of('string', { options: ['ABC123', 'LMN456', 'XYZ789'] }),
      userid: of('string', { regex: 'User_[1-9]' }),
    }),
  },
  credit_cards: {
    keyField: 'card_id',
    schema: oneOf(
      'credit_cards',
      { card_id: 'int', card_number: 'long', cvv: 'int', expiration_date: 'string' },
      // Numbers that payment providers publish for tests.
      [
        [1, 4_111_111_111_111_111, 832, '12/27'],
        [2, 4_242_424_242_424_242, 833, '11/26'],
        [3, 4_012_888_888_881_881, 348, '10/27'],
        [4, 5_555_555_555_554_444, 288, '09/26'],
        [5, 5_105_105_105_105_100, 558, '08/27'],
        [6, 2_223_003_122_003_222, 383, '07/26'],
        [7, 6_011_111_111_111_117, 273, '06/27'],
        [8, 6_011_000_990_139_424, 663, '05/26'],
        [9, 3_530_111_333_300_000, 822, '04/27'],
        [10, 3_566_002_020_360_505, 190, '03/26'],
      ],
    ),
  },
  campaign_finance: {
    keyField: 'candidate_id',
    schema: record('campaign_finance', {
      time: of('long', { range: { min: 1_587_715_775_521, max: 1_619_273_364_600 } }),
      candidate_id: matching('[A-Z][1-9]{8}'),
      party_affiliation: text('REP', 'DEM', 'IND'),
      contribution: whole(20, 3500),
    }),
  },
};
