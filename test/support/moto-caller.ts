import type { CallApi } from './automation.ts';
import { pythonProgram } from './python.ts';

/**
 * Calls the emulator as SSM calls AWS: with boto's names of services (`s3control`, `elbv2`, `logs`), and a request that the
 * service's model must allow. botocore does both; it comes with moto.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-executeAwsApi.html
 */

/** One line in, one line out. Hosts below `localhost` are the machine itself: S3 Control puts the account's id before its host. */
const PROGRAM = `
import base64, datetime, json, socket, sys
import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

resolve = socket.getaddrinfo
socket.getaddrinfo = lambda host, *rest, **named: resolve('localhost' if str(host).endswith('.localhost') else host, *rest, **named)
session = botocore.session.get_session()
clients = {}

def client(service, region, endpoint, credentials):
    key = (service, region, endpoint, credentials['accessKeyId'])
    if key not in clients:
        clients[key] = session.create_client(
            service, region_name=region, endpoint_url=endpoint,
            aws_access_key_id=credentials['accessKeyId'], aws_secret_access_key=credentials['secretAccessKey'],
            aws_session_token=credentials.get('sessionToken'),
            config=Config(s3={'addressing_style': 'path'}, retries={'total_max_attempts': 1}),
        )
    return clients[key]

def call(given):
    made = client(given['service'], given['region'], given['endpoint'], given['credentials'])
    methods = {api: method for method, api in made.meta.method_to_api_mapping.items()}
    if given['api'] not in methods:
        raise LookupError(given['service'] + ' has no ' + given['api'])
    answer = getattr(made, methods[given['api']])(**given['input'])
    answer.pop('ResponseMetadata', None)
    return answer

def text(value):
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    return value.read().decode('utf-8', 'replace')

for line in sys.stdin:
    try:
        told = {'answer': call(json.loads(line))}
    except ClientError as error:
        told = {'name': error.response['Error'].get('Code', 'ClientError'), 'message': error.response['Error'].get('Message', '')}
    except Exception as error:
        told = {'name': type(error).__name__, 'message': str(error)}
    print(json.dumps(told, default=text), flush=True)
`;

interface Told {
  readonly answer?: unknown;
  readonly name?: string;
  readonly message?: string;
}

const ask = pythonProgram({ program: PROGRAM });

export interface MotoCallerOptions {
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string };
  readonly region: string;
  /** @default - that of this test run */
  readonly endpoint?: string;
}

/** Calls the APIs of one account and Region in the emulator. Rejects with the API's name of the error, or `ParamValidationError`. */
export function motoCaller({ credentials, region, endpoint = process.env.AWS_ENDPOINT_URL }: MotoCallerOptions): CallApi {
  if (!endpoint) throw new TypeError('there is no emulator: AWS_ENDPOINT_URL is not set');
  return async (service, api, input) => {
    const { answer, name, message } = (await ask({ service, api, input, region, endpoint, credentials })) as Told;
    if (name !== undefined) throw Object.assign(new Error(message), { name });
    return answer;
  };
}
