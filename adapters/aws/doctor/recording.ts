import {
  ConfigServiceClient,
  type ConfigurationRecorder,
  DescribeConfigurationRecorderStatusCommand,
  DescribeConfigurationRecordersCommand,
  DescribeDeliveryChannelStatusCommand,
} from '@aws-sdk/client-config-service';
import type { Recorder, RecordingFacts } from '../../../core/doctor/recording.ts';
import { type DoctorPlace, known } from './place.ts';

/** Reads the recorder of AWS Config in one Region. An account has one recorder of its own in each Region. */
export async function readRecording({ clients }: DoctorPlace, region: string): Promise<RecordingFacts> {
  const client = clients(ConfigServiceClient, region);
  const [recorder, status, delivery] = await Promise.all([
    known(async () => {
      const [found] = (await client.send(new DescribeConfigurationRecordersCommand({}))).ConfigurationRecorders ?? [];
      return found && toRecorder(found);
    }, ['NoSuchConfigurationRecorderException']),
    known(async () => {
      const [found] = (await client.send(new DescribeConfigurationRecorderStatusCommand({}))).ConfigurationRecordersStatus ?? [];
      if (!found) return undefined;
      const error = found.lastErrorMessage ?? found.lastErrorCode;
      return { recording: found.recording === true, lastStatus: inCapitals(found.lastStatus), ...(error && { error }) };
    }, ['NoSuchConfigurationRecorderException']),
    known(async () => {
      const [found] = (await client.send(new DescribeDeliveryChannelStatusCommand({}))).DeliveryChannelsStatus ?? [];
      if (!found) return undefined;
      const { lastStatus, lastErrorMessage, lastErrorCode } = found.configHistoryDeliveryInfo ?? {};
      const error = lastErrorMessage ?? lastErrorCode;
      return { lastStatus: inCapitals(lastStatus), ...(error && { error }) };
    }, ['NoSuchDeliveryChannelException']),
  ]);
  return { region, recorder, status, delivery };
}

/** The documentation of AWS Config has the statuses in capitals, and its answers have them as `Success`. */
const inCapitals = (status: string | undefined): string => (status ?? '').toUpperCase();

function toRecorder({ name = 'default', recordingGroup = {}, recordingMode }: ConfigurationRecorder): Recorder {
  const { allSupported, includeGlobalResourceTypes, resourceTypes = [], exclusionByResourceTypes, recordingStrategy } = recordingGroup;
  const overrides = recordingMode?.recordingModeOverrides ?? [];
  const daily = overrides.filter(({ recordingFrequency }) => recordingFrequency === 'DAILY').flatMap((one) => one.resourceTypes ?? []);
  return {
    name,
    allSupported: allSupported === true,
    includesGlobal: includeGlobalResourceTypes === true,
    types: resourceTypes,
    ...(recordingStrategy?.useOnly === 'EXCLUSION_BY_RESOURCE_TYPES' && { excluded: exclusionByResourceTypes?.resourceTypes ?? [] }),
    daily: recordingMode?.recordingFrequency === 'DAILY' ? 'all' : daily,
  };
}
