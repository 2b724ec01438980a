import type {ErrorSpec} from './spec.js'

/** Trouble with TLS on the way to a VCH's Docker API: files, certificates, the handshake. */
export const VCH_TLS_ERRORS = {
  'VN-VCH-CERT-MISSING': {
    kind: 'usage',
    summary: 'A certificate file that TLS needs is not there.',
    cause: 'The folder must hold ca.pem, cert.pem and key.pem, as vic-machine create writes them.',
    remedy: 'Name the folder that vic-machine create wrote, with --cert-path or DOCKER_CERT_PATH.',
  },
  'VN-VCH-CERT-BAD': {
    kind: 'usage',
    summary: 'A certificate or key file cannot be used.',
    cause: 'It is damaged, not PEM, may not be read by this user, or is protected by a passphrase.',
    remedy: 'Take the files as vic-machine create wrote them: PEM, readable by this user, without a passphrase.',
  },
  'VN-VCH-CERT-KEY': {
    kind: 'usage',
    summary: 'The private key does not belong to the client certificate.',
    cause: 'cert.pem and key.pem come from two VCHs, or one of them was replaced alone.',
    remedy: 'Take cert.pem and key.pem of one and the same VCH.',
  },
  'VN-VCH-CERT-EXPIRED': {
    kind: 'failed',
    summary: 'A certificate of the VCH has expired.',
    cause: 'Certificates that vic-machine makes are valid for one year; it can also be that the clock here is wrong.',
    remedy: 'Check the clock here. If it is right, give the VCH new certificates with vic-machine configure.',
  },
  'VN-VCH-CERT-NOT-YET': {
    kind: 'failed',
    summary: 'A certificate of the VCH is not valid yet.',
    cause: 'The clock here is behind, or the one of the machine that made the certificate was ahead.',
    remedy: 'Set the clock of this machine right, or wait until the certificate is valid.',
  },
  'VN-VCH-CERT-NAME': {
    kind: 'failed',
    summary: 'The certificate of the VCH was made for another name or address.',
    cause: 'The VCH is asked under a name that vic-machine create was not told by --tls-cname, or its address changed.',
    remedy:
      'Use the name or address that the certificate was made for; for a VCH made with --no-tlsverify say --no-tlsverify here, too.',
  },
  'VN-VCH-CERT-UNTRUSTED': {
    kind: 'failed',
    summary: 'The certificate of the VCH is not one that is trusted here.',
    cause: 'ca.pem belongs to another VCH, or the certificate is self-signed as with --no-tlsverify.',
    remedy: 'Take the ca.pem of this VCH; for a VCH made with --no-tlsverify say --no-tlsverify here, too.',
  },
  'VN-VCH-CERT-WANTED': {
    kind: 'failed',
    summary: 'The VCH wants a client certificate, and there is none.',
    cause: 'Neither --cert-path, DOCKER_CERT_PATH, a docker context nor ~/.docker gives cert.pem and key.pem.',
    remedy: 'Name the folder with cert.pem and key.pem by --cert-path or DOCKER_CERT_PATH.',
  },
  'VN-VCH-CLIENT-CERT-REFUSED': {
    kind: 'failed',
    summary: 'The VCH does not accept our client certificate.',
    cause: 'A VCH with client CAs requires a certificate signed by one of them, and in date.',
    remedy: 'Take a client certificate that is signed by an authority of this VCH, and in date.',
  },
  'VN-VCH-TLS-MISMATCH': {
    kind: 'failed',
    summary: 'One side speaks TLS and the other one does not.',
    cause: 'Port 2376 is for TLS and port 2375 for plain HTTP.',
    remedy: 'Write https:// for a VCH with TLS and http:// for one made with --no-tls, each with its own port.',
  },
  'VN-VCH-TLS-VERSION': {
    kind: 'failed',
    summary: 'The two sides have no version or cipher of TLS in common.',
    cause: 'A VCH speaks TLS 1.2; a setting of OpenSSL or Node here, or a proxy on the way, may forbid it.',
    remedy: 'Allow TLS 1.2 in the settings of OpenSSL or Node, and look for a proxy on the way.',
  },
} as const satisfies Record<string, ErrorSpec>
