import {describe, expect, it} from '@jest/globals'
import {classifyEnd, type ChangeOutput} from '../../../src/vic-machine/change-end.js'
import {parseLogLines} from '../../../src/vic-machine/log-line.js'
import {findRefusal} from '../../../src/vic-machine/refusal.js'

const said = (level: string, text: string) =>
  `time="2026-11-23T15:52:34Z" level=${level} msg=${JSON.stringify(text)} \n`

describe('classifyEnd', () => {
  const end = (stdout: string, rest: Partial<ChangeOutput> = {}) =>
    classifyEnd({kind: 'configure', stdout, stderr: '', ...rest})
  const STARTED = said('info', 'VCH ID: VirtualMachine:vm-7')
  const BEGUN = STARTED + said('info', 'Setting VM configuration')
  const TIMED_OUT = said(
    'error',
    'vic-machine-linux configure failed: Configure timed out: use --timeout to add more time\n',
  )

  it('takes no exit code for success', () => {
    expect(end(BEGUN, {exitCode: 0}).claim).toBe('failed')
    expect(end(STARTED, {exitCode: 0}).claim).toBe('vanished')
    expect(end(`${BEGUN}${said('error', 'Completed successfully')}`, {exitCode: 0}).claim).toBe('failed')
  })

  it('believes the line of success whatever follows it', () => {
    const stray = said('error', 'vic/cmd/x error: context canceled')
    const stderr = 'Failed to write to log, write vic-machine.log: file already closed\n'
    expect(end(BEGUN + said('info', 'Completed successfully') + stray, {exitCode: 0, stderr})).toEqual({
      claim: 'completed',
      exitCode: 0,
      errorLines: [],
      twoSnapshots: false,
      offlineLabels: [],
      reached: 'completed',
    })
  })

  it('takes the line of another kind of change for nothing', () => {
    const reset = said('info', 'Reset UpdateInProgress flag successfully')
    expect(end(STARTED + reset, {exitCode: 0, kind: 'reset-progress'}).claim).toBe('completed')
    expect(end(STARTED + reset, {exitCode: 0}).claim).toBe('vanished')
    expect(end(STARTED + said('info', 'Completed successfully'), {exitCode: 0, kind: 'reset-progress'}).claim).toBe(
      'vanished',
    )
  })

  it('fears the worse when a time-out cannot be placed', () => {
    expect(end(BEGUN + TIMED_OUT, {exitCode: 1}).claim).toBe('timed-out')
    expect(end(STARTED + TIMED_OUT, {exitCode: 1}).claim).toBe('timed-out')
    expect(end(TIMED_OUT, {exitCode: 1})).toMatchObject({
      claim: 'refused',
      refusal: {code: 'VN-VICMACHINE-TIMEOUT-AT-ONCE'},
    })
    expect(end(STARTED + TIMED_OUT, {exitCode: 1, kind: 'reset-progress'}).claim).toBe('failed')
  })

  it('knows a rollback that ended without a word', () => {
    const attempt = STARTED + said('info', 'Attempting rollback of VCH')
    const revert = attempt + said('info', 'Reverting to snapshot reconfigure for 10000')
    const collect = said('info', 'Collecting 1 vpxd.log')
    expect(end(attempt + collect, {kind: 'rollback', exitCode: 0})).toMatchObject({
      claim: 'refused',
      twoSnapshots: false,
    })
    expect(end(revert + collect, {kind: 'rollback', exitCode: 0})).toMatchObject({claim: 'failed', twoSnapshots: true})
    expect(end(revert, {kind: 'rollback'})).toMatchObject({claim: 'vanished', twoSnapshots: false})
    const waited = revert + said('info', 'Waiting for IP information')
    expect(end(waited + collect, {kind: 'rollback', exitCode: 0})).toMatchObject({claim: 'failed', twoSnapshots: false})
  })

  it('leaves a refusal that it does not know without a code, but with its words', () => {
    const stdout =
      said('error', 'The moon is full') + said('error', 'vic-machine-linux configure failed: configure failed\n')
    const {refusal, claim, errorLines} = end(stdout, {exitCode: 1})
    expect([claim, refusal]).toEqual(['refused', undefined])
    expect(errorLines).toEqual(['The moon is full', 'vic-machine-linux configure failed: configure failed'])
  })

  it('shows what the system said on stderr, and no secret', () => {
    const {claim, errorLines} = classifyEnd(
      {
        kind: 'configure',
        stdout: said('error', 'bad nfs://bob:pw1@h/x and hunter2'),
        stderr: 'fatal error: out of memory\n',
        exitCode: 2,
      },
      ['hunter2'],
    )
    expect(claim).toBe('vanished')
    expect(errorLines).toEqual(['bad nfs://***@h/x and ***', 'fatal error: out of memory'])
  })

  it('claims a Go panic to be no known end', () => {
    const stdout = 'vic-machine failed, please check log file vic-machine.log for details\n'
    expect(end(stdout, {exitCode: 0})).toMatchObject({claim: 'vanished', errorLines: [stdout.trim()]})
  })
})

describe('findRefusal', () => {
  const refusal = (text: string) => findRefusal(parseLogLines(said('error', text)))

  it('tells how to write a thumbprint in lower case', () => {
    const text = 'Post https://vc/sdk: Host "vc:443" thumbprint does not match "aa:bb"'
    expect(refusal(text)).toMatchObject({
      code: 'VN-VICMACHINE-THUMBPRINT-WRONG',
      tries: ['export VIC_MACHINE_THUMBPRINT=AA:BB'],
    })
  })

  it('knows a configuration that is refused as a whole, and what was wrong with it', () => {
    const text =
      said('error', '--------------------') +
      said('error', 'License check FAILED on host esx1.') +
      said('error', 'Configuring cannot continue: configuration validation failed')
    expect(findRefusal(parseLogLines(text))).toMatchObject({code: 'VN-VICMACHINE-VALIDATION'})
    const closing = said('error', 'vic-machine-linux configure failed: validation of configuration failed\n')
    const stdout = text + closing
    expect(classifyEnd({kind: 'configure', stdout, stderr: '', exitCode: 1})).toMatchObject({
      claim: 'refused',
      refusal: {
        code: 'VN-VICMACHINE-VALIDATION',
        message: 'vic-machine refused the configuration of the VCH: License check FAILED on host esx1.',
      },
    })
  })

  it('knows the refusal of an older VCH', () => {
    expect(refusal('Configure cannot continue: VCH version is 1.2, please upgrade first')?.code).toBe(
      'VN-VICMACHINE-UPGRADE-FIRST',
    )
  })

  it('knows the words of a real vCenter', () => {
    const words = 'ServerFaultCode: Cannot complete login due to an incorrect user name or password.'
    expect(refusal(`failed to create validator: Failed to log in to vc: ${words}`)?.code).toBe('VN-VICMACHINE-LOGIN')
  })

  it('knows nothing of the rest', () => {
    expect(refusal('The moon is full')).toBeUndefined()
  })
})
