import {mkdir, writeFile} from 'node:fs/promises'
import path from 'node:path'

import {describe, expect, it} from '@jest/globals'

import {imageFolder} from '../../../src/services/image/image-folder.js'
import {withTempDirectory} from '../../helpers/temp-directory.js'

describe('the folder of the server image', () => {
  it('is that of this clone', async () => {
    expect(path.basename(await imageFolder())).toBe('image')
  })

  it('is the nearest one above that has a Dockerfile, or an error where there is none', async () => {
    await withTempDirectory(async (root) => {
      const from = path.join(root, 'a', 'b')
      await mkdir(path.join(root, 'a', 'image'), {recursive: true})
      await mkdir(path.join(root, 'image'))
      await expect(imageFolder(from)).rejects.toMatchObject({code: 'VN-IMAGE-CONTEXT-MISSING', exitCode: 1})
      await writeFile(path.join(root, 'image', 'Dockerfile'), 'FROM scratch\n')
      await expect(imageFolder(from)).resolves.toBe(path.join(root, 'image'))
    })
  })
})
