import { X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { makeCertificate } from '#sandbox/certificate.ts';
import { tempDir } from '#sandbox/temp-dir.ts';

const dir = tempDir();
afterAll(() => dir.remove());

describe('makeCertificate', () => {
  it('makes a certificate for names and addresses, by an authority whose key is gone', async () => {
    const names = ['shop.example', '*.preview.localhost', '127.0.0.1', '::1'];
    const { caFile, certFile, keyFile } = await makeCertificate(`${dir.path}/a`, names);
    const authority = new X509Certificate(readFileSync(caFile));
    const server = new X509Certificate(readFileSync(certFile));
    expect(authority.ca).toBe(true);
    expect(server.ca).toBe(false);
    expect(server.checkIssued(authority) && server.verify(authority.publicKey)).toBe(true);
    expect(server.checkHost('shop.example')).toBe('shop.example');
    expect(server.checkHost('a.preview.localhost')).toBe('*.preview.localhost');
    expect(server.checkHost('other.example')).toBeUndefined();
    expect(server.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(server.checkIP('::1')).toBeDefined();
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    expect(readdirSync(`${dir.path}/a`).toSorted()).toEqual(['ca.pem', 'server.key', 'server.pem']);
  });

  it('refuses no name, and what is none', async () => {
    await expect(makeCertificate(`${dir.path}/b`, [])).rejects.toThrow('needs a name');
    await expect(makeCertificate(`${dir.path}/c`, ['a, DNS:b'])).rejects.toThrow('“a, DNS:b”');
  });
});
