import { createHmac } from 'node:crypto';
import type { Caller } from '../base/rights.ts';
import { type TooSoon, WrongPasswords } from './wrong-passwords.ts';
import { hashPassword, isPassword, readPassword, type StoredPassword } from './passwords.ts';
import { isGranted, isWildcard, type Roles } from './roles.ts';
import type { TokenVerifier } from './tokens.ts';
import type { User } from './users-file.ts';

/** What a request shows of who makes it. */
export interface Asker {
  readonly authorization: string | undefined;
  /** The user whom a certificate names that an authority of ours has signed. */
  readonly certificateUser: string | undefined;
  readonly from: string | undefined;
}

/** `stranger`: no proof was shown; `refused`: a wrong one; `busy`: too many passwords wait to be looked at. */
export type Recognition = Caller | TooSoon | 'stranger' | 'refused' | 'busy';

/** Authenticates the callers of all listeners. */
export interface Authenticator {
  /** Of a 401 answer: what would be taken (RFC 9110, section 11.6.1). */
  readonly challenge: string;
  recognize(asker: Asker): Promise<Recognition>;
}

/** What users are known by; parts that are undefined are not asked for. */
export interface Proofs {
  /** The file as it is now. */
  readonly users: () => ReadonlyMap<string, User>;
  readonly basic: boolean;
  readonly tokens: TokenVerifier | undefined;
  readonly certificates: boolean;
  /** Roles that `authentication.roles` admits. */
  readonly admitted: readonly string[];
  readonly roles: Roles;
  /** Told what kept a proof from being looked at. */
  readonly onFault: (error: unknown) => void;
  /** Of a clock that only goes forward, in ms. */
  readonly nowMs: () => number;
  /** A text that nobody else knows, of this process. */
  readonly secret: string;
}

/** Passwords that are hashed at once, and that wait for it: each takes 80 ms of a core and 32 MB. */
const HASHING_MAX = 2;
const WAITING_MAX = 16;
/** Passwords that were right, of which a digest is kept. */
const REMEMBERED_MAX = 1000;

/** Combines the configured kinds of authentication; the first that recognizes a request decides. */
export function createAuthenticator(proofs: Proofs): Authenticator {
  const check = new PasswordCheck(proofs.secret);
  const wrong = new WrongPasswords(proofs.nowMs);
  const caller = (name: string, roles: readonly string[], from: string | undefined): Caller => {
    const isAdmitted = proofs.admitted.some(isWildcard) || roles.some((role) => proofs.admitted.includes(role));
    return { name, from, may: (need) => isAdmitted && isGranted(proofs.roles, roles, need) };
  };
  const recognize = async ({ authorization, certificateUser, from }: Asker): Promise<Recognition> => {
    const [, scheme, proof] = /^\s*(\S+)\s+(\S+)\s*$/.exec(authorization ?? '') ?? [];
    if (authorization === undefined) {
      if (!proofs.certificates || certificateUser === undefined) return 'stranger';
      return caller(certificateUser, proofs.users().get(certificateUser)?.roles ?? [], from);
    }
    if (proofs.tokens !== undefined && scheme?.toLowerCase() === 'bearer') {
      const user = await proofs.tokens.verify(proof!);
      return user === undefined ? 'refused' : caller(user.name, user.roles, from);
    }
    if (!proofs.basic || scheme?.toLowerCase() !== 'basic') return 'refused';
    const [, name, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(proof!, 'base64').toString('utf8')) ?? [];
    if (name === undefined) return 'refused';
    const user = proofs.users().get(name);
    const known = check.wasRight(name, password!, user?.password);
    const tooSoon = known ? undefined : wrong.tooSoon(name, from);
    if (tooSoon !== undefined) return tooSoon;
    const answer = known || (await check.isRight(name, password!, user?.password, proofs.users()));
    if (answer === 'busy') return 'busy';
    wrong.take(name, from, answer);
    return answer && user !== undefined ? caller(name, user.roles, from) : 'refused';
  };
  const schemes = [
    ...(proofs.basic ? ['Basic realm="sluice", charset="UTF-8"'] : []),
    ...(proofs.tokens === undefined ? [] : ['Bearer realm="sluice"']),
  ];
  return {
    challenge: schemes.length === 0 ? 'Certificate' : schemes.join(', '),
    recognize: async (asker) => {
      try {
        return await recognize(asker);
      } catch (error) {
        proofs.onFault(error);
        return 'busy';
      }
    },
  };
}

/**
 * Looks at passwords: of those that were right a digest is kept, since hashing again for each request takes too long.
 */
class PasswordCheck {
  readonly #secret: string;
  /** Digest of what was right, by the stored password that it was right for: a changed file asks again. */
  readonly #right = new Map<string, StoredPassword>();
  #hashing = 0;
  readonly #waiting: (() => void)[] = [];
  #nobody: StoredPassword | undefined;

  constructor(secret: string) {
    this.#secret = secret;
  }

  /** Whether it was found right before, for what is stored now. */
  wasRight(name: string, password: string, stored: StoredPassword | undefined): boolean {
    return stored !== undefined && this.#right.get(this.#digest(name, password)) === stored;
  }

  #digest(name: string, password: string): string {
    return createHmac('sha256', this.#secret)
      .update(JSON.stringify([name, password]))
      .digest('base64');
  }

  async isRight(
    name: string,
    password: string,
    stored: StoredPassword | undefined,
    users: ReadonlyMap<string, User>,
  ): Promise<boolean | 'busy'> {
    const digest = this.#digest(name, password);
    if (stored !== undefined && stored.kind !== 'scrypt') return await isPassword(password, stored);
    // A name that is not there takes as long as one that is.
    if (stored === undefined && [...users.values()].every((user) => user.password.kind !== 'scrypt')) return false;
    if (this.#hashing >= HASHING_MAX && this.#waiting.length >= WAITING_MAX) return 'busy';
    if (this.#hashing >= HASHING_MAX) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#hashing++;
    try {
      const other = stored ?? (this.#nobody ??= readPassword(await hashPassword('', Buffer.alloc(16)), 'nobody'));
      const isRight = await isPassword(password, other);
      if (stored === undefined || !isRight) return false;
      if (this.#right.size >= REMEMBERED_MAX) this.#right.clear();
      this.#right.set(digest, stored);
      return true;
    } finally {
      this.#hashing--;
      this.#waiting.shift()?.();
    }
  }
}
