import { DescribeRegionsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { type AccountFacts, type Bootstrap, bootstrappedRegions, type RegionStatus } from '../../../core/doctor/account.ts';
import type { Known } from '../../../core/doctor/check.ts';
import { type DoctorPlace, known, needed } from './place.ts';

/** Returns all Regions of the partition, enabled or not. */
export const readRegions = ({ clients, options }: DoctorPlace): Promise<Known<readonly RegionStatus[]>> =>
  needed(async () => {
    const { Regions } = await clients(EC2Client, options.homeRegion).send(new DescribeRegionsCommand({ AllRegions: true }));
    return Regions?.map(({ RegionName = '', OptInStatus = '' }) => ({ name: RegionName, optIn: OptInStatus }));
  });

/** Reads the bootstrap of each Region with a stack. @param qualifier name of the bootstrap, as the CDK has it in its context */
export async function readAccount(place: DoctorPlace, regions: AccountFacts['regions'], qualifier: string): Promise<AccountFacts> {
  const bootstraps = await Promise.all(bootstrappedRegions(place.options).map((region) => readBootstrap(place, region, qualifier)));
  return { identity: place.identity, regions, bootstraps };
}

async function readBootstrap({ clients }: DoctorPlace, region: string, qualifier: string): Promise<Bootstrap> {
  const version = await known(async () => {
    const { Parameter } = await clients(SSMClient, region).send(new GetParameterCommand({ Name: `/cdk-bootstrap/${qualifier}/version` }));
    return Parameter?.Value;
  }, ['ParameterNotFound']);
  return { region, version };
}
