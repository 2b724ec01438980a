import {X509Certificate} from 'node:crypto'

/** The names of a certificate's `subjectaltname`, without their kinds. */
export function namesOf(subjectAltName = ''): string[] {
  return [...subjectAltName.matchAll(/(?:DNS|IP Address):([^,\s]+)/g)].flatMap(([, name]) => name ?? [])
}

/** Why a server may have refused our certificate, from the certificate alone; undefined when it cannot be read. */
export function whyRefused(cert: Buffer, now = new Date()): string | undefined {
  const read = readCertificate(cert)
  if (read === undefined) return undefined
  const {issuer, validFrom, validTo} = read
  if (now > new Date(validTo)) return `Our cert.pem expired on ${validTo}.`
  if (now < new Date(validFrom)) return `Our cert.pem is not valid before ${validFrom}.`
  return `Our cert.pem was issued by ${oneLine(issuer)}, which may be the authority of another VCH.`
}

/** Why a server's certificate is not trusted, by Node's code for it and what it was checked against. */
export function whyUntrusted(code: string, ca: Buffer | undefined): string {
  if (code === 'DEPTH_ZERO_SELF_SIGNED_CERT') {
    return 'It is self-signed, as that of a VCH made with --no-tlsverify; for such a VCH --no-tlsverify leaves the check out (beside --consumer-host: --consumer-no-tlsverify).'
  }
  if (ca === undefined) {
    return 'There is no ca.pem to check it against: name its folder by --cert-path or DOCKER_CERT_PATH.'
  }
  const authority = readCertificate(ca)
  return authority === undefined
    ? 'ca.pem holds no certificate.'
    : `It was not issued by ${oneLine(authority.subject)}, the authority in ca.pem.`
}

function readCertificate(pem: Buffer): X509Certificate | undefined {
  try {
    return new X509Certificate(pem)
  } catch {
    return undefined
  }
}

/** Node puts each part of a name on a line of its own. */
function oneLine(name: string): string {
  return name.split('\n').join(', ')
}
