import {createHash, createHmac, randomBytes} from 'node:crypto'
import {link, readFile, rm, writeFile} from 'node:fs/promises'
import path from 'node:path'

import {ensurePrivateDirectory} from '../../../journal/private-directory.js'
import {redact} from '../../../model/redaction.js'
import {messageOf, VicnfsError} from '../../../model/vicnfs-error.js'
import type {RunbookStep} from '../../../runbook/runbook.js'

/** Tells later whether a step would still run the same command, without keeping what its variables stand for. */
export interface PlanSeal {
  /** Which key it is; the key itself is not told by it. */
  readonly by: string
  /** @returns undefined for a command that stands in the plan as it is run */
  of(step: Command): string | undefined
}

const KEY_BYTES = 32

type Command = Pick<RunbookStep, 'name' | 'run' | 'secrets'>

/** The plan shows variables in it by name, or not at all. */
const isVeiled = ({run, secrets}: Command): boolean => run.some((word) => redact(word, secrets) !== word)

/** Made whole under another name first: of two runs at once both get the key of the first. */
async function makeKey(file: string): Promise<void> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}`
  await ensurePrivateDirectory(path.dirname(file))
  try {
    await writeFile(temporary, randomBytes(KEY_BYTES), {mode: 0o600, flag: 'wx'})
    await link(temporary, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await rm(temporary, {force: true})
  }
}

async function keyIn(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Opens the seal of this machine, whose key lies beside the journal. A plain digest in a plan that is passed around would
 * let anybody try out what a short secret is; with a key that stays here it tells nothing.
 * @returns undefined where no step needs one
 * @throws VN-PLAN-FILE when there is no such key and none can be made
 */
export async function openPlanSeal(
  steps: readonly RunbookStep[],
  stateDirectory: string,
): Promise<PlanSeal | undefined> {
  if (!steps.some(isVeiled)) return undefined
  const file = path.join(stateDirectory, 'plan-key')
  let key: Buffer | undefined
  try {
    key = await keyIn(file)
    if (key === undefined) await makeKey(file)
    key ??= await keyIn(file)
  } catch (error) {
    throw new VicnfsError('VN-PLAN-FILE', `The key for saved plans, ${file}, cannot be read or made.`, {
      reason: `${messageOf(error)}.`,
    })
  }
  const sealKey = key ?? Buffer.alloc(0)
  if (sealKey.length !== KEY_BYTES) {
    throw new VicnfsError('VN-PLAN-FILE', `${file} is no key for saved plans.`, {
      reason: 'It was cut off or edited: remove it, and make the plan again.',
    })
  }
  return {
    by: createHash('sha256').update('vicnfs plan key').update(sealKey).digest('hex').slice(0, 16),
    of(step) {
      if (!isVeiled(step)) return undefined
      return createHmac('sha256', sealKey)
        .update(JSON.stringify([step.name, step.run]))
        .digest('hex')
    },
  }
}
