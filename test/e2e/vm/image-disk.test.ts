import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {existsSync} from 'node:fs'
import {mkdir, readFile, rm, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {Readable} from 'node:stream'

import {makeImageDisk} from '../../../src/sandbox/vm/disks/root-disk.js'
import {runTool} from '../../../src/sandbox/vm/run-tool.js'
import {needPackages} from '../../helpers/debian-packages.js'
import {PACKAGES} from '../../helpers/packages.js'
import {makeTempDirectory} from '../../helpers/temp-directory.js'
import {canTestOnDebian} from '../not-tested.js'

const describeOnDebian = canTestOnDebian('disks of images') ? describe : describe.skip

/** More than a pipe holds. */
const MANY_ZEROS = Buffer.alloc(4 * 1024 * 1024)
const SIZE = {sizeMib: 16}

let folder: string
let archive: Buffer
let disk: string

describeOnDebian('the disk of an image', () => {
  beforeEach(async () => {
    await needPackages(PACKAGES.containerVms)
    folder = await makeTempDirectory()
    const [content, tar] = [path.join(folder, 'content'), path.join(folder, 'tar')]
    disk = path.join(folder, 'disk')
    await mkdir(content)
    await writeFile(path.join(content, 'file'), 'kept')
    await writeFile(path.join(content, '.dockerenv'), '')
    await runTool('tar', ['--create', '--file', tar, '--directory', content, '.dockerenv', 'file'])
    archive = await readFile(tar)
  })
  afterEach(() => rm(folder, {recursive: true, force: true}))

  it('has the files of the archive but for the mark of the Engine, however many zeros come behind them', async () => {
    await makeImageDisk(Readable.from([archive, MANY_ZEROS]), disk, SIZE)
    expect(await runTool('debugfs', ['-R', 'cat /file', disk])).toBe('kept')
    expect(await runTool('debugfs', ['-R', 'ls -p /', disk])).not.toContain('.dockerenv')
  })

  it('is not made of half an archive', async () => {
    const half = archive.subarray(0, archive.indexOf('kept') + 2)
    await expect(makeImageDisk(Readable.from([half]), disk, SIZE)).rejects.toMatchObject({code: 'VN-SANDBOX-VM-TOOL'})
    expect(existsSync(disk)).toBe(false)
  })
})
