import { ADDRESSES, FULL_NAMES } from './people.ts';
import { counted, matching, nextInstant, record, text, whole, type Quickstart } from './schema-words.ts';

/** Games, players and scores. */
export const GAMING: Readonly<Record<string, Quickstart>> = {
  gaming_games: {
    keyField: 'id',
    schema: record('gaming_games', {
      id: counted(1000),
      room_name: text(
        ...['Arcade', 'Survival', 'Classic'].flatMap((game) =>
          ['Rookie', 'Skilled', 'Expert'].map((level) => `${game} -- ${level}`),
        ),
      ),
      created_date: nextInstant,
    }),
  },
  gaming_players: {
    keyField: 'player_id',
    schema: record('gaming_players', {
      player_id: counted(1000),
      player_name: text(...FULL_NAMES),
      ip: text(...ADDRESSES),
    }),
  },
  gaming_player_activity: {
    keyField: 'player_id',
    schema: record('gaming_player_activity', {
      player_id: whole(1000, 5000),
      game_room_id: whole(1000, 5000),
      points: whole(10, 500),
      coordinates: matching('\\[[0-9][0-9],[0-9][0-9]\\]'),
    }),
  },
};
