import {X509Certificate} from 'node:crypto'
import {readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {describe, expect, it} from '@jest/globals'
import {belongTogether, isClientOf} from '../../../../src/sandbox/certificates/client-certificate.js'
import {ensureCertificates} from '../../../../src/sandbox/certificates/vch-certificates.js'
import {firstState} from '../../../../src/sandbox/lifecycle/first-state.js'
import type {DockerSecurity} from '../../../../src/sandbox/state/sandbox-state.js'
import {LONG_AGO, makeAuthority} from '../../../helpers/made-certificates.js'
import {withTempDirectory} from '../../../helpers/temp-directory.js'

const ADDRESS = '127.70.0.2'

function stateWith(security: DockerSecurity, port = 2376) {
  const releases = {vicVersion: '1.5.8', vicMachineVersion: '1.5.8'}
  const place = {subnets: ['127.70.0', '127.70.1'], networks: [], socketPath: '/run/x/docker.sock', portmapPort: 111}
  return firstState({name: 'vch1', ...releases, ...place, stores: [], knobs: {}, listener: {security, port}})
}

function reader(directory: string) {
  const folder = path.join(directory, 'certificates')
  return {
    folder,
    read: (file: string) => readFileSync(path.join(folder, file), 'utf8'),
    modes: () =>
      Object.fromEntries(
        readdirSync(folder).map((file) => [file, (statSync(path.join(folder, file)).mode & 0o777).toString(8)]),
      ),
  }
}

describe('the certificate folder of a VCH', () => {
  it('is laid out as vic-machine create leaves it', () =>
    withTempDirectory(async (directory) => {
      await ensureCertificates(directory, stateWith('tlsverify'))
      const {folder, read, modes} = reader(directory)
      expect(statSync(folder).mode & 0o777).toBe(0o700)
      expect(modes()).toEqual({
        'ca.pem': '644',
        'ca-key.pem': '600',
        'cert.pem': '644',
        'key.pem': '600',
        'server-cert.pem': '644',
        'server-key.pem': '600',
        'vch1.env': '600',
      })
      expect(read('vch1.env')).toBe(
        `DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=${folder} DOCKER_HOST=${ADDRESS}:2376 COMPOSE_TLS_VERSION=TLSv1_2`,
      )
      const [ca, server] = ['ca.pem', 'server-cert.pem'].map((file) => new X509Certificate(read(file)))
      expect(ca).toMatchObject({ca: true, subject: 'O=vch1'})
      expect(server).toMatchObject({subjectAltName: `IP Address:${ADDRESS}`, issuer: 'O=vch1'})
      expect(server!.verify(ca!.publicKey)).toBe(true)
      const days = (Date.parse(server!.validTo) - Date.parse(server!.validFrom)) / 86_400_000
      expect(days).toBe(365)
      expect(read('key.pem')).toMatch(/^-----BEGIN RSA PRIVATE KEY-----\n/)
      expect(belongTogether(read('cert.pem'), read('key.pem'))).toBe(true)
      expect(isClientOf(read('ca.pem'), read('cert.pem'))).toBe(true)
      // A server's certificate is none for clients.
      expect(isClientOf(read('ca.pem'), read('server-cert.pem'))).toBe(false)
    }))

  it('stays as it is, unless the certificates are out of date', () =>
    withTempDirectory(async (directory) => {
      const {folder, read} = reader(directory)
      await ensureCertificates(directory, stateWith('no-tlsverify'))
      const before = read('server-cert.pem')
      await ensureCertificates(directory, stateWith('no-tlsverify', 40_001))
      expect(read('server-cert.pem')).toBe(before)
      expect(read('vch1.env')).toBe(`DOCKER_HOST=${ADDRESS}:40001 COMPOSE_TLS_VERSION=TLSv1_2`)
      const old = await (await makeAuthority('x')).issue('server', 'x', LONG_AGO)
      writeFileSync(path.join(folder, 'server-cert.pem'), old.cert)
      await ensureCertificates(directory, stateWith('no-tlsverify'))
      const renewed = new X509Certificate(read('server-cert.pem'))
      expect(Date.parse(renewed.validTo)).toBeGreaterThan(Date.now())
      expect(renewed.subjectAltName).toBeUndefined()
      expect(belongTogether(read('server-cert.pem'), read('server-key.pem'))).toBe(true)
    }))

  it('of a VCH without TLS holds its variables alone', () =>
    withTempDirectory(async (directory) => {
      await ensureCertificates(directory, stateWith('no-tls', 2375))
      expect(Object.keys(reader(directory).modes())).toEqual(['vch1.env'])
      expect(reader(directory).read('vch1.env')).toBe(`DOCKER_HOST=${ADDRESS}:2375`)
    }))
})
