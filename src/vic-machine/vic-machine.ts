import {redactArgv, shellQuote} from '../model/redaction.js'
import {isVicnfsError, VicnfsError} from '../model/vicnfs-error.js'
import {withActualThumbprint} from './actual-thumbprint.js'
import {changeArguments, selectorArguments} from './command-line.js'
import {parseConfigurationOutput} from './configuration-output.js'
import {parseInspectOutput} from './inspect-output.js'
import {parseListOutput} from './list-output.js'
import {readingCall} from './reading-call.js'
import {startChange} from './start-change.js'
import {parseVersionOutput} from './version-output.js'
import type {Change, ChangeRun, VicMachine, VicMachineCallOptions, VicMachineSettings} from './vic-machine-api.js'

/**
 * vic-machine behind one door. A login that vCenter refused is never tried again by this object (S8), and nothing runs
 * with an empty password.
 */
export function createVicMachine(settings: VicMachineSettings): VicMachine {
  const login = loginMemory(settings)

  async function ask(args: readonly string[], options?: VicMachineCallOptions): Promise<string> {
    login.assertUsable()
    try {
      return await readingCall(settings, args, options)
    } catch (error) {
      if (isVicnfsError(error) && error.code === 'VN-VICMACHINE-LOGIN') login.refuse(error)
      throw await withActualThumbprint(error, settings, options)
    }
  }

  const commandLine = (change: Change) => shellQuote(redactArgv([settings.path, ...changeArguments(change)]))

  return {
    commandLine,
    version: async (options) => parseVersionOutput(await readingCall(settings, ['version'], options)),
    list: async (options) => parseListOutput(await ask(['ls'], options)),
    inspect: async (vch, options) => parseInspectOutput(await ask(['inspect', ...selectorArguments(vch)], options)),
    // Flags must stand after the word config, and verbose is the exact form (facts/vic-machine.md § 1.1, § 5).
    inspectConfig: async (vch, options) =>
      parseConfigurationOutput(
        await ask(['inspect', 'config', '--format', 'verbose', ...selectorArguments(vch)], options),
      ),
    async start(change, folder, options) {
      login.assertUsable()
      const run = await startChange(settings, change, {...options, folder, commandLine: commandLine(change)})
      return remembering(run, login)
    },
  }
}

interface LoginMemory {
  /** @throws VN-VICMACHINE-LOGIN when it was refused before, VN-VICMACHINE-PASSWORD-MISSING */
  assertUsable(): void
  refuse(error: VicnfsError): void
}

function loginMemory({user, password}: VicMachineSettings): LoginMemory {
  let refused: VicnfsError | undefined
  return {
    assertUsable() {
      if (refused !== undefined) throw refused
      if (password !== '') return
      throw new VicnfsError('VN-VICMACHINE-PASSWORD-MISSING', `There is no vSphere password for ${user}.`, {
        tries: ['read -rs VIC_MACHINE_PASSWORD && export VIC_MACHINE_PASSWORD'],
      })
    },
    refuse(error) {
      refused = error
    },
  }
}

function remembering(run: ChangeRun, login: LoginMemory): ChangeRun {
  return {
    ...run,
    async wait(options) {
      const end = await run.wait(options)
      const {refusal} = end
      if (refusal?.code === 'VN-VICMACHINE-LOGIN') login.refuse(new VicnfsError('VN-VICMACHINE-LOGIN', refusal.message))
      return end
    },
  }
}
