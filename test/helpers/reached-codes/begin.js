// jest's globalSetup: the folder in which the workers write down which codes of the error table were reached.
import {mkdtemp} from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'

export default async function begin() {
  process.env.VICNFS_TEST_REACHED_CODES = await mkdtemp(path.join(os.tmpdir(), 'vicnfs-codes-'))
}
