import { createHmac } from 'node:crypto';
import type { Caller } from '../base/rights.ts';
import { type TooSoon, WrongPasswords } from './wrong-passwords.ts';
import { hashPassword, isPassword, readPassword, type StoredPassword } from './passwords.ts';
import { isGranted, isWildcard, type Roles } from './roles.ts';
import type { TokenVerifier } from './tokens.ts';
import type { User } from './users-file.ts';

/** What a request contains to identify its caller. */
export interface Asker {
  readonly authorization: string | undefined;
  /** The user named by a certificate that one of our authorities has signed. */
  readonly certificateUser: string | undefined;
  readonly from: string | undefined;
}

/** `stranger`: no credentials; `refused`: wrong ones; `busy`: too many passwords are waiting to be checked. */
export type Recognition = Caller | TooSoon | 'stranger' | 'refused' | 'busy';

/** Authenticates the callers of all listeners. */
export interface Authenticator {
  /** For a 401 response: the accepted schemes (RFC 9110, section 11.6.1). */
  readonly challenge: string;
  recognize(asker: Asker): Promise<Recognition>;
}

/** The accepted kinds of credentials; those that are undefined are not accepted. */
export interface Proofs {
  /** The current users of the file. */
  readonly users: () => ReadonlyMap<string, User>;
  readonly basic: boolean;
  readonly tokens: TokenVerifier | undefined;
  readonly certificates: boolean;
  /** Roles permitted by `authentication.roles`. */
  readonly admitted: readonly string[];
  readonly roles: Roles;
  /** Called with an error that prevented checking credentials. */
  readonly onFault: (error: unknown) => void;
  /** A monotonic clock, in ms. */
  readonly nowMs: () => number;
  /** A random secret of this process. */
  readonly secret: string;
}

/** The most passwords that are hashed concurrently, and that wait for it: each takes 80 ms of a core and 32 MB. */
const HASHING_MAX = 2;
const WAITING_MAX = 16;
/** The most verified passwords of which a digest is kept. */
const REMEMBERED_MAX = 1000;

/** Combines the configured kinds of authentication; the first that recognizes the credentials decides. */
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

/** Verifies passwords, and keeps a digest of right ones, since hashing for each request would take too long. */
class PasswordCheck {
  readonly #secret: string;
  /**
   * By digest of a right password, the stored password that it matched: after a change of the file it is verified
   * again.
   */
  readonly #right = new Map<string, StoredPassword>();
  #hashing = 0;
  readonly #waiting: (() => void)[] = [];
  #nobody: StoredPassword | undefined;

  constructor(secret: string) {
    this.#secret = secret;
  }

  /** Whether the password was verified before, against the current stored password. */
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
    // An unknown name takes as long as a known one.
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
