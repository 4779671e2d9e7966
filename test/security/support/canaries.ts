// Secrets as they could be recognised anywhere: keys in PEM, JWK and hex, and texts that were given to the command.
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { contentsBelow } from './hostile.ts';

/** Any run of this many characters of a secret is a leak: error messages like to quote a piece of what they could not read. */
const window = 16;

/** Secrets to look for, collected as a test goes on. */
export class Canaries {
  /** Pieces of secrets, with what they are pieces of. */
  readonly #pieces = new Map<string, string>();

  get count(): number {
    return new Set(this.#pieces.values()).size;
  }

  /** Remembers a text, e.g. a credential in base64. */
  addText(text: string, what: string): void {
    for (let at = 0; at === 0 || at + window <= text.length; at++) this.#pieces.set(text.slice(at, at + window), what);
  }

  /** Remembers a key in every form that it is likely to be printed in. */
  addKey(key: KeyObject, what: string): void {
    const jwk = key.export({ format: 'jwk' }) as Record<string, unknown>;
    for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi']) {
      const value = jwk[member];
      if (typeof value !== 'string') continue;
      const bytes = Buffer.from(value, 'base64url');
      for (const form of [value, bytes.toString('base64').replace(/=+$/, ''), bytes.toString('hex')]) this.addText(form, `${what}, ${member}`);
    }
    for (const type of ['pkcs8'] as const) {
      // The front of PKCS#8 says which kind of key it is, the end of an EC key is its public half: neither is secret.
      const der = key.export({ format: 'der', type });
      const secret = typeof jwk['d'] === 'string' ? Buffer.from(jwk['d'], 'base64url') : der;
      const start = Math.ceil((der.indexOf(secret) * 4) / 3);
      const end = Math.floor(((der.indexOf(secret) + secret.length) * 4) / 3);
      this.addText(der.toString('base64').slice(start, end), `${what}, pem`);
    }
  }

  /** Remembers every key in the files below a folder: PEM and JWK. */
  addKeysBelow(folder: string): void {
    for (const [file, content] of contentsBelow(folder)) {
      if (content.includes('PRIVATE KEY')) this.addKey(createPrivateKey(content), file);
      else if (/"d": ?"/.test(content)) this.addKey(createPrivateKey({ key: JSON.parse(content) as object as never, format: 'jwk' }), file);
    }
  }

  /** What secrets a text holds a piece of. PEM breaks lines where it likes, so white space does not count. */
  findIn(text: string): readonly string[] {
    const plain = text.replaceAll(/\\n|\s/g, '');
    const found = new Set<string>();
    for (let at = 0; at + window <= plain.length; at++) {
      const what = this.#pieces.get(plain.slice(at, at + window));
      if (what !== undefined) found.add(what);
    }
    return [...found];
  }
}
