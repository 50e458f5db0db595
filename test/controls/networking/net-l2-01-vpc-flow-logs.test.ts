import { describe, expect, it } from 'vitest';
import control from '../../../controls/networking/net-l2-01-vpc-flow-logs.ts';
import type { FlowLogFacts } from '../../../core/facts/ec2-flow-log.ts';
import { type Estate, joinCodes } from '../../support/control.ts';

const log = (resourceId: string, change: FlowLogFacts = {}): FlowLogFacts => ({
  resourceId,
  status: 'ACTIVE',
  delivery: 'SUCCESS',
  trafficType: 'ALL',
  ...change,
});
const without = (facts: FlowLogFacts, fact: keyof FlowLogFacts): FlowLogFacts => {
  const { [fact]: _, ...rest } = facts;
  return rest;
};
const IN_VPC = { vpcId: 'vpc-1' };

/** Returns the verdict on a VPC with these flow logs and subnets. */
function verdict(logs: FlowLogFacts[], subnets: NonNullable<Estate['AWS::EC2::Subnet']> = {}, regions: Record<string, string> = {}) {
  const flowLogs = Object.fromEntries(logs.map((facts, index) => [`fl-${index}`, facts]));
  const estate = { 'AWS::EC2::VPC': { 'vpc-1': {} }, 'AWS::EC2::Subnet': subnets, 'AWS::EC2::FlowLog': flowLogs };
  return joinCodes(control, estate, regions)['vpc-1'];
}

describe('NET-L2-01 on a VPC', () => {
  it.each([
    ['has a flow log of all traffic', [log('vpc-1')], {}],
    ['has a flow log of rejected traffic', [log('vpc-1', { trafficType: 'REJECT' })], {}],
    ['has a flow log that has not delivered yet', [log('vpc-1', { delivery: 'NONE' })], {}],
    ['has one flow log that works', [log('vpc-1', { delivery: 'FAILED' }), log('vpc-1')], { 'subnet-1': IN_VPC }],
    [
      'logs each of its subnets',
      [log('subnet-1'), log('subnet-2')],
      { 'subnet-1': IN_VPC, 'subnet-2': IN_VPC, 'subnet-3': { vpcId: 'vpc-2' } },
    ],
    ['logs each of its subnets and one of an unknown VPC', [log('subnet-1'), log('subnet-2')], { 'subnet-1': IN_VPC, 'subnet-2': {} }],
    ['has a flow log in addition to one that was not read', [log('vpc-1'), {}], { 'subnet-1': {} }],
  ])('is COMPLIANT when it %s', (_, logs, subnets) => {
    expect(verdict(logs, subnets)).toBe('COMPLIANT');
  });

  it.each([
    ['nothing is logged', [], { 'subnet-1': IN_VPC }],
    ['it has no subnets and nothing is logged', [], {}],
    ['another VPC is logged', [log('vpc-2')], {}],
    ['its flow log is not active', [log('vpc-1', { status: 'INACTIVE' })], {}],
    ['its flow log cannot deliver', [log('vpc-1', { delivery: 'FAILED' })], {}],
    ['its flow log cannot deliver and says no more', [{ resourceId: 'vpc-1', delivery: 'FAILED' }], {}],
    ['its flow log captures accepted traffic alone', [log('vpc-1', { trafficType: 'ACCEPT' })], {}],
    ['one of its subnets is not logged', [log('subnet-1')], { 'subnet-1': IN_VPC, 'subnet-2': IN_VPC }],
    ['only the subnets of another VPC are logged', [log('subnet-1')], { 'subnet-1': { vpcId: 'vpc-2' } }],
    ['only a network interface is logged', [log('eni-1')], { 'subnet-1': IN_VPC }],
    ['a log that cannot deliver does not say of what it is', [without(log('', { delivery: 'FAILED' }), 'resourceId')], {}],
    ['a logged subnet is of an unknown VPC but its own is not logged', [log('subnet-2')], { 'subnet-1': IN_VPC, 'subnet-2': {} }],
  ])('is NON_COMPLIANT when %s', (_, logs, subnets) => {
    expect(verdict(logs, subnets)).toBe('NON_COMPLIANT no-flow-log');
  });

  it.each([
    ['its flow log does not say whether it is active', [without(log('vpc-1'), 'status')], {}],
    ['its flow log does not say whether it delivers', [without(log('vpc-1'), 'delivery')], {}],
    ['its flow log has an unknown delivery status', [log('vpc-1', { delivery: 'MAYBE' })], {}],
    ['its flow log captures unknown traffic', [log('vpc-1', { trafficType: 'SOME' })], {}],
    ['its flow log does not say what it captures', [without(log('vpc-1'), 'trafficType')], {}],
    ['the resource of a flow log is unknown', [without(log(''), 'resourceId')], { 'subnet-1': IN_VPC }],
    ['a flow log could not be read at all', [{}], {}],
    [
      'the flow log of one subnet is in doubt',
      [log('subnet-1'), without(log('subnet-2'), 'delivery')],
      { 'subnet-1': IN_VPC, 'subnet-2': IN_VPC },
    ],
    ['a subnet that can belong to it is not logged', [log('subnet-1')], { 'subnet-1': IN_VPC, 'subnet-2': {} }],
    ['the only subnet that can belong to it is logged', [log('subnet-1')], { 'subnet-1': {} }],
    ['a subnet that was not read is logged', [log('subnet-1')], {}],
  ])('is INSUFFICIENT_DATA when %s', (_, logs, subnets) => {
    expect(verdict(logs, subnets)).toBe('INSUFFICIENT_DATA coverage-unknown');
  });

  it('evaluates only its own Region', () => {
    expect(verdict([log('vpc-1')], {}, { 'fl-0': 'us-east-1' })).toBe('NON_COMPLIANT no-flow-log');
    expect(verdict([{}], {}, { 'fl-0': 'us-east-1' })).toBe('NON_COMPLIANT no-flow-log');
    expect(verdict([log('subnet-1')], { 'subnet-1': IN_VPC, 'subnet-2': IN_VPC }, { 'subnet-2': 'us-east-1' })).toBe('COMPLIANT');
  });

  it('is NOT_APPLICABLE when another account shares the VPC', () => {
    const estate = { 'AWS::EC2::VPC': { shared: { ownerId: '222222222222' }, own: { ownerId: '111111111111' } } };
    expect(joinCodes(control, estate)).toEqual({ shared: 'NOT_APPLICABLE', own: 'NON_COMPLIANT no-flow-log' });
  });
});
