import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'

import {closeOpened} from '../helpers/close-opened.js'
import {canTestOnDebian} from './not-tested.js'
import {openSharedVch, STORE, type SharedVch} from './shared-vch.js'

const IMAGE = 'busybox:latest'
const describeOnDebian = canTestOnDebian("Debian's docker CLI over TLS") ? describe : describe.skip

describeOnDebian.each(['verify', 'noverify', 'none'] as const)(
  "Debian's docker CLI on a sandbox with --tls %s, by the printed settings alone",
  (tls) => {
    let vch: SharedVch
    beforeAll(async () => void (vch = await openSharedVch({tls})))
    afterAll(() => closeOpened(vch))

    it('asks the VCH on TCP, after it was configured and power-cycled', async () => {
      const port = tls === 'none' ? 2375 : 2376
      expect(vch.settings['DOCKER_HOST']).toMatch(new RegExp(String.raw`^tcp://127\.\d+\.\d+\.2:${port}$`))
      expect(await vch.dockerSays('version', '--format', '{{.Server.Version}}')).toBe('1.5.8')
      expect(await vch.dockerSays('info')).toMatch(/^ *Storage Driver: vSphere Integrated Containers/m)
    })

    it('shares a volume of the store, and passes streams on', async () => {
      await vch.dockerSays('volume', 'create', '--opt', `VolumeStore=${STORE}`, 'shared')
      const on = ['run', '--rm', '-i', '-v', 'shared:/data', '-w', '/data', IMAGE, 'sh', '-c']
      const wrote = await vch.docker([...on, 'cat > a; sleep 0.1; cat a; exit 3'], {stdin: 'over the wire\n'})
      expect(wrote).toEqual({exitCode: 3, stdout: 'over the wire\n', stderr: ''})
      expect(await vch.dockerSays(...on, 'cat a')).toBe('over the wire')
    })

    it('is let in as the settings say, and not without them', async () => {
      const bare = await vch.docker(['version'], {env: {DOCKER_TLS: '', DOCKER_TLS_VERIFY: '', DOCKER_CERT_PATH: ''}})
      expect(bare.exitCode === 0).toBe(tls === 'none')
      // Nobody vouches for the certificate of --no-tlsverify.
      const checked = await vch.docker(['version'], {env: {DOCKER_TLS_VERIFY: '1'}})
      expect(checked.exitCode === 0).toBe(tls === 'verify')
    })
  },
)
