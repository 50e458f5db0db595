import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A small `aws` command: the arguments of the AWS CLI by botocore's models of the services, as far as the documentation uses them.
 * With `AWS_CLI_CHECK`, it only checks that the command exists and takes its arguments, and prints one word.
 * https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-parameters.html
 */
const PROGRAM = `#!/usr/bin/env python3
import json, os, sys
import botocore.session, jmespath
from botocore import xform_name

GLOBAL = {'--output': None, '--query': None, '--cli-binary-format': None, '--region': None}
SERVICES = {'configservice': 'config'}

def refuse(text):
    print('aws: ' + text, file=sys.stderr)
    sys.exit(252)

def shorthand(text):
    return dict(part.split('=', 1) for part in text.split(','))

def convert(name, shape, values):
    kind = shape.type_name
    if kind == 'boolean':
        return True
    if not values:
        refuse(name + ' needs a value')
    if kind == 'list':
        if values[0].startswith('['):
            return json.loads(values[0])
        return [convert(name, shape.member, [value]) for value in values]
    if len(values) > 1:
        refuse(name + ' takes one value')
    value = values[0]
    if kind in ('structure', 'map'):
        parsed = json.loads(value) if value.startswith('{') else shorthand(value)
        unknown = set(parsed) - set(shape.members) if kind == 'structure' else set()
        if unknown:
            refuse(name + ' has no ' + ', '.join(sorted(unknown)))
        return parsed
    if kind in ('integer', 'long'):
        return int(value)
    return value

def values_of(args, index):
    values = []
    while index < len(args) and not args[index].startswith('--'):
        values.append(args[index])
        index += 1
    return values, index

def main(args):
    service, name = SERVICES.get(args[0], args[0]), args[1]
    rest = args[2:]
    client = botocore.session.get_session().create_client(service, region_name=os.environ.get('AWS_REGION', 'eu-west-1'))
    waiter = rest.pop(0).replace('-', '_') if name == 'wait' else None
    if waiter and waiter not in client.waiter_names:
        refuse('there is no waiter ' + waiter)
    api = client._get_waiter_config()['waiters'][''.join(part.title() for part in waiter.split('_'))]['operation'] if waiter \\
        else {xform_name(each, '-'): each for each in client.meta.service_model.operation_names}.get(name)
    if api is None:
        refuse('there is no ' + service + ' ' + name)
    shape = client.meta.service_model.operation_model(api).input_shape
    members = {'--' + xform_name(each, '-'): each for each in (shape.members if shape else {})}
    options, request, index = dict(GLOBAL), {}, 0
    while index < len(rest):
        key = rest[index]
        if not key.startswith('--'):
            # The file of the payload of lambda invoke.
            if api != 'Invoke':
                refuse('unexpected ' + key)
            index += 1
            continue
        values, index = values_of(rest, index + 1)
        if key in options:
            options[key] = values[0]
        elif key in members:
            if api == 'Invoke' and key == '--payload':
                json.loads(values.pop(0))
                continue
            request[members[key]] = convert(key, shape.members[members[key]], values)
        elif key.startswith('--no-') and '--' + key[5:] in members:
            request[members['--' + key[5:]]] = False
        else:
            refuse(api + ' has no ' + key)
    missing = set(shape.required_members if shape else []) - set(request)
    if missing:
        refuse(api + ' needs ' + ', '.join(sorted(missing)))
    expression = jmespath.compile(options['--query']) if options['--query'] else None
    if os.environ.get('AWS_CLI_CHECK'):
        print('checked')
        return
    if waiter:
        client.get_waiter(waiter).wait(**request)
        return
    answer = getattr(client, xform_name(api))(**request)
    answer.pop('ResponseMetadata', None)
    result = expression.search(answer) if expression else answer
    if options['--output'] == 'text':
        rows = result if isinstance(result, list) and result and isinstance(result[0], list) else [result if isinstance(result, list) else [result]]
        for row in rows:
            print('\\t'.join('None' if each is None else str(each) for each in row))
    elif result:
        print(json.dumps(result, default=str))

try:
    main(sys.argv[1:])
except SystemExit:
    raise
except Exception as error:
    print('aws: ' + str(error), file=sys.stderr)
    sys.exit(254)
`;

/** Writes the command `aws`, and others that do nothing, into a new folder. @returns the folder, for the `PATH`. */
export function awsCommand(others: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'csmm-aws-cli-'));
  for (const [name, text] of Object.entries({ aws: PROGRAM, ...others })) {
    writeFileSync(join(folder, name), text);
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}
