import { generate } from 'selfsigned';

export interface Certificate {
  cert: string;
  key: string;
}

/** An authority that signs certificates, made anew each time. */
export interface Authority extends Certificate {
  /** A certificate for 127.0.0.1 and localhost, or for a client. */
  sign(name: string): Promise<Certificate>;
}

export async function authority(name: string): Promise<Authority> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, digitalSignature: true, critical: true },
    ],
  });
  return {
    cert,
    key,
    sign: async (subject) => {
      const signed = await generate([{ name: 'commonName', value: subject }], {
        keyType: 'ec',
        algorithm: 'sha256',
        ca: { cert, key },
        extensions: [
          { name: 'basicConstraints', cA: false },
          { name: 'keyUsage', digitalSignature: true, critical: true },
          { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
          {
            name: 'subjectAltName',
            altNames: [
              { type: 2, value: 'localhost' },
              { type: 7, ip: '127.0.0.1' },
            ],
          },
        ],
      });
      return { cert: signed.cert, key: signed.private };
    },
  };
}
