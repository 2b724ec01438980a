import {commandHere, withCommandsHere, type RunPlace} from '../../model/command-here.js'
import {withContext, type VicnfsError} from '../../model/vicnfs-error.js'
import type {Runbook} from '../../runbook/runbook.js'

type Environment = Readonly<Record<string, string | undefined>>

/** Keys of the VCHs of a runbook that a command is about; a server VCH alone is its own consumer. */
export interface VchKeys {
  readonly server?: string | undefined
  readonly consumer?: string | undefined
}

/** Commands as they do the same outside of the runbook: with the flags that say where its VCHs are. */
export interface CommandsOfVchs {
  command(text: string, keys: VchKeys): string
  error(error: VicnfsError, keys: VchKeys): VicnfsError
  /** A result with each of its commands so. */
  result<T>(value: T, keys: VchKeys): T
}

function placeOf({vchs}: Pick<Runbook, 'vchs'>, keys: VchKeys, environment: Environment): RunPlace {
  const find = (key: string | undefined) => vchs.find((vch) => vch.key === key)
  const consumer = find(keys.consumer ?? keys.server)
  const server = find(keys.server ?? keys.consumer)
  // A variable of the shell must not make another VCH the consumer.
  const isSplit = server?.key !== consumer?.key || (environment['VICNFS_CONSUMER_HOST'] ?? '') !== ''
  const other = isSplit ? consumer?.docker : undefined
  const machine = consumer?.vicMachine
  return {
    host: server?.docker.host,
    'cert-path': server?.docker.certPath,
    'no-tlsverify': server?.docker.tlsVerify === false,
    'consumer-host': other?.host,
    'consumer-cert-path': other?.certPath,
    'consumer-no-tlsverify': other?.tlsVerify === false,
    'vic-machine': machine?.path,
    target: machine?.target,
    user: machine?.user,
    thumbprint: machine?.thumbprint,
    vch: machine?.vchId === undefined ? machine?.vchName : undefined,
    'vch-id': machine?.vchId,
    'compute-resource': machine?.vchId === undefined ? machine?.computeResource : undefined,
  }
}

export function commandsOfVchs(runbook: Pick<Runbook, 'vchs'>, environment: Environment): CommandsOfVchs {
  const result = <T>(value: T, keys: VchKeys): T =>
    withCommandsHere(value, {place: placeOf(runbook, keys, environment), environment, typed: []})
  return {
    command: (text, keys) => commandHere(text, placeOf(runbook, keys, environment), environment),
    error: (error, keys) => withContext(error, (context) => result(context, keys)),
    result,
  }
}

/** Something with its error, whose commands are to be run as they stand. */
export function tried<T extends {readonly error?: VicnfsError}>(each: T, commands: CommandsOfVchs, keys: VchKeys): T {
  return each.error === undefined ? each : {...each, error: commands.error(each.error, keys)}
}
