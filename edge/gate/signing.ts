/**
 * The edge's own signatures: JWTs (RFC 7519) under EdDSA with Ed25519 (RFC 8037). Keys come from seeds;
 * the first one signs, all verify. To rotate, put a new one in front and drop the old one when the
 * longest token that it signed has ended (threat 52).
 */
import {
  jwtVerify,
  SignJWT,
  type CryptoKey,
  type JWTHeaderParameters,
  type JWTPayload,
} from 'jose';

export interface SigningKey {
  /** Names the key in tokens: 1 to 32 letters, digits, `_`, `-`. */
  kid: string;
  /** 32 secret bytes (RFC 8032 §5.1.5). */
  seed: Uint8Array;
}

export type Claims = Readonly<Record<string, string | number>>;

export interface Signing {
  issuer: string;
  audience: string;
  ttlS: number;
  nowMs: number;
}

export interface Expected {
  /** `typ` of the header (RFC 8725 §3.11): a token of one kind is none of another. */
  typ: string;
  issuer: string;
  audience: string;
  /** Older tokens are refused, whatever their `exp` says. */
  maxAgeS: number;
  nowMs: number;
  /** Beyond `iss`, `aud`, `iat`, `exp` and `jti`, which are always required. */
  requiredClaims?: readonly string[];
}

/** Every token has these; what else there is has to be checked by whoever reads it. */
export interface VerifiedClaims extends JWTPayload {
  jti: string;
  iat: number;
  exp: number;
}

/** Cookies end there; nothing longer is looked at. */
const maxTokenCharacters = 4096;
/** The clock of the machine that signed may be ahead a little. `exp` has no such tolerance. */
const clockToleranceS = 5;
const kidPattern = /^[\w-]{1,32}$/;
/**
 * Three parts in base64url; a signature of 64 bytes in the one way that there is to write it. The
 * decoder below would ignore blanks, and then one token would have many texts.
 */
const tokenPattern = /^[\w-]+\.[\w-]+\.[\w-]{85}[AQgw]$/;

export class KeyRing {
  readonly #signing: { kid: string; key: CryptoKey };
  readonly #verifying: ReadonlyMap<string, CryptoKey>;

  private constructor(
    signing: { kid: string; key: CryptoKey },
    verifying: ReadonlyMap<string, CryptoKey>,
  ) {
    this.#signing = signing;
    this.#verifying = verifying;
  }

  /** Imports the keys, once. @throws RangeError saying which key is wrong, never what is in it */
  static async from(keys: readonly SigningKey[]): Promise<KeyRing> {
    let signing: { kid: string; key: CryptoKey } | undefined;
    const verifying = new Map<string, CryptoKey>();
    for (const [index, { kid, seed }] of keys.entries()) {
      const where = `signing key ${index + 1} of ${keys.length}`;
      if (!kidPattern.test(kid)) {
        throw new RangeError(`${where}: its kid must be 1 to 32 letters, digits, _ or -`);
      }
      if (verifying.has(kid)) throw new RangeError(`${where}: its kid ${kid} is there already`);
      if (seed.length !== 32) {
        throw new RangeError(`${where}: its seed has ${seed.length} bytes, 32 are needed`);
      }
      const pair = await importSeed(seed);
      signing ??= { kid, key: pair.privateKey };
      verifying.set(kid, pair.publicKey);
    }
    if (!signing) throw new RangeError('there is no signing key; at least one is needed');
    return new KeyRing(signing, verifying);
  }

  /**
   * A token of the kind `typ`, valid for `ttlS` whole seconds. `claims` brings its own `jti`.
   * @throws RangeError for a life of less than a second, or claims that this function sets
   */
  async sign(typ: string, claims: Claims & { jti: string }, how: Signing): Promise<string> {
    const { issuer, audience, ttlS, nowMs } = how;
    if (!Number.isSafeInteger(ttlS) || ttlS < 1) {
      throw new RangeError(`a token that is valid for ${ttlS} s cannot be made`);
    }
    for (const name of ['iss', 'aud', 'iat', 'exp', 'nbf']) {
      if (Object.hasOwn(claims, name)) throw new RangeError(`the claim ${name} is set here`);
    }
    const iat = Math.floor(nowMs / 1000);
    const payload = { ...claims, iss: issuer, aud: audience, iat, exp: iat + ttlS };
    return new SignJWT(payload)
      .setProtectedHeader({ alg: 'EdDSA', kid: this.#signing.kid, typ })
      .sign(this.#signing.key);
  }

  /**
   * The claims of a token that is ours, of this kind, for this audience and still valid; undefined
   * for anything else, whatever it is (RFC 8725 §3; threats 24 and 51). Never throws: a token that
   * cannot be read opens nothing.
   */
  async verify(token: string, expected: Expected): Promise<VerifiedClaims | undefined> {
    if (token.length > maxTokenCharacters || !tokenPattern.test(token)) return undefined;
    const { typ, issuer, audience, maxAgeS, nowMs, requiredClaims = [] } = expected;
    try {
      const { payload, protectedHeader } = await jwtVerify(token, (header) => this.#keyOf(header), {
        algorithms: ['EdDSA'],
        typ,
        issuer,
        audience,
        currentDate: new Date(nowMs),
        clockTolerance: clockToleranceS,
        maxTokenAge: maxAgeS,
        requiredClaims: ['iss', 'aud', 'iat', 'exp', 'jti', ...requiredClaims],
      });
      // Our own headers have just these; jose would take "TYP" for "typ" and a list of audiences.
      if (Object.keys(protectedHeader).length !== 3 || protectedHeader.typ !== typ)
        return undefined;
      if (payload.aud !== audience || payload.iss !== issuer) return undefined;
      return isComplete(payload) && payload.exp * 1000 > nowMs ? payload : undefined;
    } catch {
      return undefined;
    }
  }

  #keyOf({ kid }: JWTHeaderParameters): CryptoKey {
    const key = typeof kid === 'string' ? this.#verifying.get(kid) : undefined;
    if (!key) throw new Error('no such key');
    return key;
  }
}

function isComplete(payload: JWTPayload): payload is VerifiedClaims {
  const { jti, iat, exp } = payload;
  return (
    typeof jti === 'string' && jti !== '' && typeof iat === 'number' && typeof exp === 'number'
  );
}

/** What stands before the seed in PKCS #8 (RFC 8410 §7): WebCrypto takes no bare seed. */
const pkcs8 = [48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32];
const algorithm = { name: 'Ed25519' };

async function importSeed(seed: Uint8Array) {
  const { subtle } = crypto;
  const wrapped = Uint8Array.of(...pkcs8, ...seed);
  // Only an export gives the public half of a private key.
  const readable = await subtle.importKey('pkcs8', wrapped, algorithm, true, ['sign']);
  const { x = '' } = (await subtle.exportKey('jwk', readable)) as { x?: string };
  const publicJwk = { kty: 'OKP', crv: 'Ed25519', x };
  const [privateKey, publicKey] = await Promise.all([
    subtle.importKey('pkcs8', wrapped, algorithm, false, ['sign']),
    subtle.importKey('jwk', publicJwk, algorithm, false, ['verify']),
  ]);
  return { privateKey, publicKey };
}
